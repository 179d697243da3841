"""What a push sends after an edit of one line, counted between crane and a registry."""

import gzip
import hashlib
import json
import os
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from crane_registry import CountingProxy, serve_counted
from oci_layout import Image, members

CRANE = os.environ["CRANE"]
SITE = "opt/site-packages"
SECONDS = 120
JSON_AND_HTTP = 16_000


@pytest.fixture(scope="module")
def relay() -> Iterator[CountingProxy]:
    """Serve an empty registry behind a count."""
    with serve_counted(CRANE) as proxy:
        yield proxy


def own_layers(image: Image) -> list[Path]:
    """Return the layers that hold the library, which are the topmost."""
    own = f"{SITE}/kfp_component_lib"
    return [layer for layer in image.layers if any(m.name.startswith(own) for m in members(layer))]


def edited_layers(module: str, count: int, folder: Path) -> list[Path]:
    """Install the wheel with one more line in a module, as the image's rule does."""
    edited = folder / Path(os.environ["WHEEL"]).name
    with zipfile.ZipFile(os.environ["WHEEL"]) as old, zipfile.ZipFile(edited, "w") as new:
        assert module in old.namelist()
        for name in old.namelist():
            new.writestr(name, old.read(name) + (b"EDITED = True\n" if name == module else b""))
    outs = [folder / f"{number}.tar.gz" for number in range(count)]
    flags = ["--owner=//t:t", f"--prefix={SITE}", f"--wheel={edited}"]
    environment = os.environ | {"PYTHONNODEBUGRANGES": "1"}
    subprocess.check_call(
        [os.environ["WHEEL_LAYER"], *flags, *(f"--out={out}" for out in outs)], env=environment
    )
    return outs


def edited_image(image: Image, layers: list[Path], folder: Path) -> Path:
    """Write the layout of the image with other layers on top."""
    blobs = folder / "layout/blobs/sha256"
    blobs.mkdir(parents=True)
    kept = image.layers[: -len(layers)]
    for layer in kept:
        (blobs / layer.name).symlink_to(layer.resolve())

    def blob(content: bytes) -> dict:
        digest = hashlib.sha256(content).hexdigest()
        (blobs / digest).write_bytes(content)
        return {"digest": f"sha256:{digest}", "size": len(content)}

    contents = [layer.read_bytes() for layer in layers]
    manifest, config = image.manifest, image.config
    config["rootfs"]["diff_ids"][len(kept) :] = [
        f"sha256:{hashlib.sha256(gzip.decompress(content)).hexdigest()}" for content in contents
    ]
    manifest["layers"][len(kept) :] = [
        old | blob(content)
        for old, content in zip(manifest["layers"][len(kept) :], contents, strict=True)
    ]
    manifest["config"] |= blob(json.dumps(config, separators=(",", ":")).encode())
    named = blob(json.dumps(manifest, separators=(",", ":")).encode())
    index = {"schemaVersion": 2, "manifests": [named | {"mediaType": manifest["mediaType"]}]}
    (folder / "layout/index.json").write_text(json.dumps(index), encoding="utf-8")
    return folder / "layout"


def push(relay: CountingProxy, layout: Path) -> int:
    """Push an image; return how many bytes that sent."""
    before = relay.sent
    repository = f"127.0.0.1:{relay.port}/team/components:edited"
    subprocess.run([CRANE, "push", layout, repository], check=True, timeout=SECONDS)
    return relay.sent - before


@pytest.mark.parametrize(
    "module",
    ["datasets.py", "statistics/columns.py", "components/data_processing/split_dataset.py"],
)
def test_an_edit_sends_its_layer_and_json(
    relay: CountingProxy,
    tmp_path: Path,
    module: str,
    record_testsuite_property: Callable[[str, int], None],
):
    """One layer of the library's, manifest, config, and what HTTP needs; the rest is there."""
    image = Image(Path(os.environ["IMAGE"]))
    push(relay, Path(os.environ["IMAGE"]))
    old = own_layers(image)
    assert old == image.layers[-len(old) :]
    new = edited_layers(f"kfp_component_lib/{module}", len(old), tmp_path)
    known = {layer.read_bytes() for layer in old}
    (changed,) = [layer for layer in new if layer.read_bytes() not in known]
    assert f"{SITE}/kfp_component_lib/{module}" in {member.name for member in members(changed)}
    sent = push(relay, edited_image(image, new, tmp_path))
    record_testsuite_property(f"bytes sent after an edit of {module}", sent)
    assert changed.stat().st_size < sent < changed.stat().st_size + JSON_AND_HTTP
