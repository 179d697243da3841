"""Tests of how many bytes a registry and a node receive after one line of a module has changed."""

import gzip
import hashlib
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from crane_registry import CountingProxy, serve_counted
from oci_layout import members, read

CRANE = os.environ["CRANE"]
LAYOUT = Path(os.environ["IMAGE"])
SITE = "opt/site-packages"
# Bytes that a changed image costs besides its layers: manifest, config and a request per layer.
JSON_AND_HTTP = 15_000
INDEX_AND_HTTP = 9_000


@pytest.fixture(scope="module")
def relay() -> Iterator[CountingProxy]:
    """Serve an empty registry behind a proxy that counts the bytes."""
    with serve_counted(CRANE) as proxy:
        yield proxy


class Edited:
    """The images after a line was added to a module; blobs that stay the same are links.

    Attributes:
        layout: The layout of the index.
        images: The titles of the images that changed.
        layer: The size in bytes of the layer that holds this module alone.
    """

    def __init__(self, module: str, layout: Path):
        """Repack the layers that hold the module; update manifests, configs and index."""
        self.layout, self.images, self.layer = layout, [], 0
        self._module, self._packed = f"{SITE}/kfp_component_lib/{module}", {}
        (layout / "blobs/sha256").mkdir(parents=True)
        (descriptor,) = _read(LAYOUT / "index.json")["manifests"]
        index = self._json(descriptor)
        index["manifests"] = [self._image(entry) for entry in index["manifests"]]
        named = {"schemaVersion": 2, "manifests": [self._written(descriptor, index)]}
        (layout / "index.json").write_text(json.dumps(named), encoding="utf-8")

    def _image(self, entry: dict) -> dict:
        manifest = self._json(entry)
        config = self._json(manifest["config"])
        layers = [self._new_layer(layer) for layer in manifest["layers"]]
        if all(new == old for new, old in zip(layers, manifest["layers"], strict=True)):
            self._kept(entry)
            self._kept(manifest["config"])
            return entry
        self.images.append(entry["annotations"]["org.opencontainers.image.title"])
        for number, layer in enumerate(layers):
            if layer != manifest["layers"][number]:
                content = gzip.decompress(_blob(self.layout, layer).read_bytes())
                config["rootfs"]["diff_ids"][number] = _digest(content)
        manifest |= {"layers": layers, "config": self._written(manifest["config"], config)}
        return self._written(entry, manifest)

    def _new_layer(self, layer: dict) -> dict:
        digest = layer["digest"]
        if digest not in self._packed:
            self._packed[digest] = self._pack(layer)
        return self._packed[digest]

    def _pack(self, layer: dict) -> dict:
        path = _blob(LAYOUT, layer)
        if layer["size"] > 1_000_000 or self._module not in {m.name for m in members(path)}:
            self._kept(layer)
            return layer
        files = {name: text for name, text in read(path, "**").items() if not name.endswith(".pyc")}
        files[self._module] += b"EDITED = True\n"
        lines = []
        for number, (name, text) in enumerate(files.items()):
            source = self.layout.parent / f"{layer['digest'][7:20]}-{number}"
            source.write_bytes(text)
            lines.append(f"{name.removeprefix(f'{SITE}/')}\t{source}")
        out = self.layout.parent / "out.tar.gz"
        flags = ["--owner=//t:t", f"--prefix={SITE}", f"--out={out}", f"--descriptor={out}.json"]
        environment = os.environ | {"PYTHONNODEBUGRANGES": "1"}
        subprocess.run([os.environ["PY_LAYER"], *flags, *lines], env=environment, check=True)
        if len(files) == 1:
            self.layer = out.stat().st_size
        return layer | self._write(out.read_bytes())

    def _kept(self, descriptor: dict) -> None:
        path = _blob(self.layout, descriptor)
        if not path.is_symlink():
            path.symlink_to(_blob(LAYOUT, descriptor).resolve())

    def _json(self, descriptor: dict) -> dict:
        return _read(_blob(LAYOUT, descriptor))

    def _written(self, descriptor: dict, value: dict) -> dict:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"))
        return descriptor | self._write(text.encode())

    def _write(self, content: bytes) -> dict:
        named = {"digest": _digest(content), "size": len(content)}
        _blob(self.layout, named).write_bytes(content)
        return named


def _blob(layout: Path, descriptor: dict) -> Path:
    return layout.joinpath("blobs", *descriptor["digest"].split(":"))


def _read(path: Path) -> dict:
    return json.loads(path.read_bytes())


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def push(relay: CountingProxy, layout: Path) -> int:
    """Push all images; return how many bytes were sent."""
    before = relay.sent
    repository = f"127.0.0.1:{relay.port}/team/components:edited"
    subprocess.run([CRANE, "push", layout, repository], check=True)
    return relay.sent - before


def test_a_second_push_sends_questions_alone(relay: CountingProxy, record_testsuite_property):
    """The first push sends each layer once, even if images share it; the second sends none."""
    (descriptor,) = _read(LAYOUT / "index.json")["manifests"]
    manifests = [_read(_blob(LAYOUT, m)) for m in _read(_blob(LAYOUT, descriptor))["manifests"]]
    layers = {layer["digest"]: layer["size"] for m in manifests for layer in m["layers"]}
    sent = push(relay, LAYOUT)
    record_testsuite_property("bytes of a first push", sent)
    assert sum(layers.values()) < sent < sum(layers.values()) + 20_000 * len(manifests)
    again = push(relay, LAYOUT)
    record_testsuite_property("bytes of a second push", again)
    assert again < INDEX_AND_HTTP


@pytest.mark.parametrize(
    ("module", "fewest", "most"),
    [
        ("data_processing/splitting.py", 2, 2),
        ("data_processing/features.py", 3, 3),
        ("errors.py", 10, 99),
    ],
)
def test_an_edit_sends_what_changed(
    relay: CountingProxy,
    tmp_path: Path,
    record_testsuite_property: Callable[[str, int], None],
    module: str,
    fewest: int,
    most: int,
):
    """Only layers that hold the module are sent, and a few kB for each image with such a layer."""
    push(relay, LAYOUT)
    edited = Edited(module, tmp_path / "layout")
    assert fewest <= len(edited.images) <= most
    sent = push(relay, edited.layout)
    record_testsuite_property(f"images changed by an edit of {module}", len(edited.images))
    record_testsuite_property(f"bytes sent after an edit of {module}", sent)
    # The image of the whole library has one layer for each package, whose layer is sent too.
    package = 60_000
    assert edited.layer < sent < package + INDEX_AND_HTTP + JSON_AND_HTTP * len(edited.images)


class Node:
    """A machine that pulls images and keeps the layers that it has pulled."""

    def __init__(self, relay: CountingProxy, folder: Path):
        """Prepare to pull images and to keep their layers below `folder`."""
        self._relay, self._folder = relay, folder

    def pull(self, digest: str) -> int:
        """Pull an image; return how many bytes were received."""
        before = self._relay.received
        reference = f"127.0.0.1:{self._relay.port}/team/components@{digest}"
        out = self._folder / f"image-{digest.rpartition(':')[2]}"
        options = ["--format=oci", f"--cache_path={self._folder / 'layers'}"]
        subprocess.run([CRANE, "pull", *options, reference, out], check=True)
        return self._relay.received - before


def digests(layout: Path) -> dict[str, str]:
    """Return the digest of each component's image, by the component's name."""
    (descriptor,) = _read(layout / "index.json")["manifests"]
    members = _read(_blob(layout, descriptor))["manifests"]
    title = "org.opencontainers.image.title"
    return {m["annotations"][title].rpartition(" ")[2]: m["digest"] for m in members}


def test_a_node_pulls_what_changed(
    relay: CountingProxy, tmp_path: Path, record_testsuite_property: Callable[[str, int], None]
):
    """A node pulls only layers that it does not have: after an edit, that of the module."""
    push(relay, LAYOUT)
    node, before = Node(relay, tmp_path), digests(LAYOUT)
    sizes = {
        "a first image": node.pull(before["split_dataset"]),
        "a second image": node.pull(before["detect_drift"]),
    }
    edited = Edited("data_processing/splitting.py", tmp_path / "layout")
    push(relay, edited.layout)
    after = digests(edited.layout)
    assert after["detect_drift"] == before["detect_drift"]
    sizes["an image after an edit"] = node.pull(after["split_dataset"])
    for what, size in sizes.items():
        record_testsuite_property(f"bytes pulled of {what}", size)
    assert sizes["a first image"] > 40_000_000
    assert sizes["a second image"] < 150_000
    assert edited.layer < sizes["an image after an edit"] < edited.layer + JSON_AND_HTTP
