"""Reads the OCI image layout of an oci_image target."""

import hashlib
import json
from pathlib import Path
from typing import Any


def blob(layout: Path, digest: str) -> bytes:
    """A blob, after checking that its bytes have the digest in its name."""
    content = (layout / "blobs" / digest.replace(":", "/")).read_bytes()
    assert "sha256:" + hashlib.sha256(content).hexdigest() == digest
    return content


def descriptor(layout: Path) -> dict[str, Any]:
    """The descriptor of the only image or index in a layout."""
    (found,) = json.loads((layout / "index.json").read_bytes())["manifests"]
    return found


def manifest(layout: Path) -> dict[str, Any]:
    """The manifest of the only image, or the index, in a layout."""
    return json.loads(blob(layout, descriptor(layout)["digest"]))


def config(layout: Path) -> dict[str, Any]:
    """The config of the only image in a layout."""
    return json.loads(blob(layout, manifest(layout)["config"]["digest"]))
