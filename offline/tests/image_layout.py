"""Reads the OCI image layout that an oci_image target is."""

import hashlib
import json
from pathlib import Path
from typing import Any


def blob(layout: Path, digest: str) -> bytes:
    """A blob, once its bytes have the digest that they are filed under."""
    content = (layout / "blobs" / digest.replace(":", "/")).read_bytes()
    assert "sha256:" + hashlib.sha256(content).hexdigest() == digest
    return content


def descriptor(layout: Path) -> dict[str, Any]:
    """The descriptor of the one image or index that a layout holds."""
    (found,) = json.loads((layout / "index.json").read_bytes())["manifests"]
    return found


def manifest(layout: Path) -> dict[str, Any]:
    """The manifest of the one image, or the index, that a layout holds."""
    return json.loads(blob(layout, descriptor(layout)["digest"]))


def config(layout: Path) -> dict[str, Any]:
    """The config of the one image that a layout holds."""
    return json.loads(blob(layout, manifest(layout)["config"]["digest"]))
