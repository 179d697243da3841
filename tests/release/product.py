"""A small product as a build makes it: OCI layout, wheel and bundle that belong together."""

import gzip
import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from release.bundle import Record, write_bundle


@dataclass(frozen=True)
class Product:
    """What a build made.

    Attributes:
        version: Its version.
        layout: The image's OCI layout.
        dist: Folder with the wheel.
        bundle: The bundle.
        digest: The image's digest.
        wheel_sha256: The wheel's hash.
    """

    version: str
    layout: Path
    dist: Path
    bundle: Path
    digest: str
    wheel_sha256: str


def make(
    folder: Path,
    repository: str,
    version: str = "0.1.0",
    text: str = "one",
    architectures: Sequence[str] = ("amd64",),
    lacking: str = "",
) -> Product:
    """Build version `version` with `text` as its content; an index for several architectures.

    The image for the architecture `lacking` has an empty layer in the wheel's place.
    """
    folder = folder / f"{version}-{text}"
    wheel = _wheel(folder / "dist", version, text)
    images = {
        name: _image(folder / "layout", version, wheel if name != lacking else None, name)
        for name in architectures
    }
    digest = _layout(folder / "layout", images)
    reference = f"{repository}:{version}@{digest}"
    sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
    bundle = folder / f"kfp_component_lib-{version}-pipelines.zip"
    files = {f"{name}.cdx.json": _bill(image, sha256) for name, image in images.items()}
    files["p.yaml"] = f"container:\n  image: {reference}\n".encode()
    write_bundle(bundle, Record(version, reference, wheel.name, sha256), files)
    return Product(version, folder / "layout", folder / "dist", bundle, digest, sha256)


def _wheel(folder: Path, version: str, text: str) -> Path:
    folder.mkdir(parents=True)
    info = f"kfp_component_lib-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: kfp-component-lib\nVersion: {version}\n"
    files = {
        "kfp_component_lib/__init__.py": f"TEXT = {text!r}\n",
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": "",
    }
    path = folder / f"kfp_component_lib-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return path


def _bill(image: dict[str, Any], wheel_sha256: str) -> bytes:
    def named(sha256: str) -> dict[str, Any]:
        return {"hashes": [{"alg": "SHA-256", "content": sha256}]}

    subject = named(image["digest"].removeprefix("sha256:"))
    bill = {"metadata": {"component": subject}, "components": [named(wheel_sha256)]}
    return json.dumps(bill).encode()


def _layout(folder: Path, images: dict[str, dict[str, Any]]) -> str:
    """Name one image, or an index of several, in a layout; returns its digest."""
    entries = list(images.values())
    if len(entries) > 1:
        of_all = [
            {**entry, "platform": {"os": "linux", "architecture": name}}
            for name, entry in images.items()
        ]
        entries = [_blob(folder, "index.v1+json", _index(of_all))]
    (folder / "index.json").write_bytes(_index(entries))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return str(entries[0]["digest"])


def _index(entries: list[dict[str, Any]]) -> bytes:
    media_type = "application/vnd.oci.image.index.v1+json"
    return json.dumps({"schemaVersion": 2, "mediaType": media_type, "manifests": entries}).encode()


def _image(folder: Path, version: str, wheel: Path | None, architecture: str) -> dict[str, Any]:
    layer = _layer(wheel) if wheel else bytes(10240)
    labels = {"org.opencontainers.image.version": version}
    config = {
        "architecture": architecture,
        "os": "linux",
        "config": {"Labels": labels},
        "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": _blob(folder, "config.v1+json", json.dumps(config).encode()),
        "layers": [_blob(folder, "layer.v1.tar+gzip", gzip.compress(layer, mtime=0))],
    }
    return _blob(folder, "manifest.v1+json", json.dumps(manifest).encode())


def _layer(wheel: Path) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(wheel) as archive, tarfile.open(fileobj=out, mode="w") as tar:
        for name in archive.namelist():
            member = tarfile.TarInfo(f"opt/site-packages/{name}")
            member.size = archive.getinfo(name).file_size
            tar.addfile(member, io.BytesIO(archive.read(name)))
    return out.getvalue()


def _digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def _blob(folder: Path, kind: str, content: bytes) -> dict[str, Any]:
    digest = _digest(content)
    path = folder / "blobs" / "sha256" / digest.partition(":")[2]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    media_type = f"application/vnd.oci.image.{kind}"
    return {"mediaType": media_type, "digest": digest, "size": len(content)}
