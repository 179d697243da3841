"""Writes an OCI image layout, with JSON as files and layers as links to existing files.

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
    """Return the JSON to which a descriptor refers."""
    return json.loads(blob(layout, descriptor["digest"]).read_bytes())


def blob(layout: Path, digest: str) -> Path:
    """Return the path of the blob with a digest in a layout."""
    return layout.joinpath("blobs", *digest.split(":"))


def named(layout: Path) -> Json:
    """Return the descriptor of the only image or index in a layout."""
    (descriptor,) = json.loads((layout / "index.json").read_bytes())["manifests"]
    return descriptor


def write_json(layout: Path, media_type: str, value: Json) -> Json:
    """Write JSON whose bytes depend only on the value; return its descriptor."""
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


def link(layout: Path, digest: str, source: Path) -> None:
    """Link a blob to a file, as oci_image does, so that layers are not copied between images."""
    path = blob(layout, digest)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_symlink():
        path.symlink_to(os.path.relpath(source, path.parent))


def write_index(layout: Path, descriptor: Json) -> None:
    """Write the index.json that names the only image or index of the layout."""
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor]}
    (layout / "index.json").write_text(json.dumps(index), encoding="utf-8")
    (layout / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}', encoding="utf-8")
