"""Writes an OCI image layout: JSON as files, layers as links to where they are.

Source:
    OCI Image Format Specification 1.1: image-layout.md, descriptor.md.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

INDEX = "application/vnd.oci.image.index.v1+json"

Json = dict[str, Any]


def read_json(layout: Path, descriptor: Json) -> Json:
    """Return the JSON that a descriptor names."""
    return json.loads(blob(layout, descriptor["digest"]).read_bytes())


def blob(layout: Path, digest: str) -> Path:
    """Return where a layout keeps the blob of a digest."""
    return layout.joinpath("blobs", *digest.split(":"))


def named(layout: Path) -> Json:
    """Return the descriptor of the one image, or index, that a layout holds."""
    (descriptor,) = json.loads((layout / "index.json").read_bytes())["manifests"]
    return descriptor


def write_json(layout: Path, media_type: str, value: Json) -> Json:
    """Write JSON, whose bytes depend on the value alone; return its descriptor."""
    content = json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
    return write_blob(layout, media_type, content)


def write_blob(layout: Path, media_type: str, content: bytes) -> Json:
    """Write a blob; return its descriptor."""
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    path = blob(layout, digest)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return {"mediaType": media_type, "digest": digest, "size": len(content)}


def copy_blob(layout: Path, source: Path, descriptor: Json) -> None:
    """Copy a blob from another layout."""
    content = blob(source, descriptor["digest"]).read_bytes()
    write_blob(layout, descriptor["mediaType"], content)


def link_blob(layout: Path, source: Path, descriptor: Json) -> None:
    """Link a blob to another layout's, as oci_image does: no layer is copied from image to image."""
    path = blob(layout, descriptor["digest"])
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_symlink():
        path.symlink_to(os.path.relpath(blob(source, descriptor["digest"]), path.parent))


def write_index(layout: Path, descriptor: Json) -> None:
    """Name the one image, or index, that the layout holds."""
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor]}
    (layout / "index.json").write_text(json.dumps(index), encoding="utf-8")
    (layout / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}', encoding="utf-8")
