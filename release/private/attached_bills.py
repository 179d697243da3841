"""Attaches bills of materials to their images in the registry, where scanners look for them.

Source:
    OCI Image Format Specification 1.1, manifest.md: "Guidelines for Artifact Usage", `subject`.
"""

import hashlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kfp_component_lib.verification.bills import sha256_of, subject_of
from kfp_component_lib.verification.bundle import BILL, Files, bills_in
from kfp_component_lib.verification.errors import DeliveryError, TransientError
from kfp_component_lib.verification.retry import say
from release.private.image_push import Image
from release.private.registry import Registry

_BILL = "application/vnd.cyclonedx+json"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_EMPTY = "application/vnd.oci.empty.v1+json"

Json = dict[str, Any]


def attach_bills(registry: Registry, image: Image, files: Files) -> None:
    """Push each bill of a bundle as an artifact that refers to its image, unless it is there.

    A registry that takes no artifacts is no reason not to release, since the bundle has the bills.
    That is said.

    Raises:
        TransientError: If the registry fails in a way that may pass.
    """
    for name, content, subject in _subjects(image, files):
        with tempfile.TemporaryDirectory() as folder:
            digest = _write_layout(Path(folder), content, subject)
            reference = f"{image.repository}@{digest}"
            try:
                if registry.digest(reference):
                    say(f"bill: {name} is attached to {subject['digest']} already")
                    continue
                registry.push(Path(folder), reference)
            except TransientError:
                raise
            except DeliveryError as error:
                say(f"bill: {name} is NOT attached in the registry, which refuses it: {error}")
            else:
                say(f"bill: attached {name} to {subject['digest']}")


def _subjects(image: Image, files: Files) -> Iterator[tuple[str, bytes, Json]]:
    """Yield each bill with its name and the descriptor of its image."""
    for name, bill in bills_in(files).items():
        digest = f"sha256:{sha256_of(subject_of(bill))}"
        manifest = image.layout.joinpath("blobs", *digest.split(":"))
        if not manifest.is_file():
            raise DeliveryError(
                f"{name} must be the bill of an image of this release, got one of {digest}. "
                f"Build image and {BILL} in one build."
            )
        size = manifest.stat().st_size
        media_type = json.loads(manifest.read_bytes()).get("mediaType", _MANIFEST)
        yield name, files[name], {"mediaType": media_type, "digest": digest, "size": size}


def _write_layout(folder: Path, bill: bytes, subject: Json) -> str:
    """Write an OCI layout with the artifact; returns its digest, which the same input repeats."""
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "artifactType": _BILL,
        "config": _blob(folder, _EMPTY, b"{}"),
        "layers": [_blob(folder, _BILL, bill)],
        "subject": subject,
    }
    entry = _blob(folder, _MANIFEST, json.dumps(manifest, separators=(",", ":")).encode())
    index = json.dumps({"schemaVersion": 2, "manifests": [entry]})
    (folder / "index.json").write_text(index, encoding="utf-8")
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}', encoding="utf-8")
    return str(entry["digest"])


def _blob(folder: Path, media_type: str, content: bytes) -> Json:
    value = hashlib.sha256(content).hexdigest()
    path = folder / "blobs" / "sha256" / value
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return {"mediaType": media_type, "digest": f"sha256:{value}", "size": len(content)}
