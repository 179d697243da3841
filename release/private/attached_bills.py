"""Attaches bills of materials to their images in the registry, where scanners can find them.

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

Json = dict[str, Any]


def attach_bills(registry: Registry, image: Image, files: Files) -> None:
    """Push each bill of a bundle as an artifact that refers to its image, unless it is attached.

    A registry that does not accept such artifacts does not stop the release, since the bundle
    contains the bills too. It is only reported.

    Raises:
        TransientError: If the registry fails in a way that may be temporary.
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
                say(f"bill: {name} is NOT attached, because the registry refuses it: {error}")
            else:
                say(f"bill: attached {name} to {subject['digest']}")


def _subjects(image: Image, files: Files) -> Iterator[tuple[str, bytes, Json]]:
    """Yield each bill with its file name and the descriptor of its image."""
    for name, bill in bills_in(files).items():
        digest = f"sha256:{sha256_of(subject_of(bill))}"
        manifest = image.layout.joinpath("blobs", *digest.split(":"))
        if not manifest.is_file():
            raise DeliveryError(
                f"{name} must describe an image of this release, got {digest}. "
                f"Build the image and {BILL} in the same build."
            )
        size = manifest.stat().st_size
        media_type = json.loads(manifest.read_bytes()).get("mediaType", _MANIFEST)
        yield name, files[name], {"mediaType": media_type, "digest": digest, "size": size}


def _write_layout(folder: Path, bill: bytes, subject: Json) -> str:
    """Write an OCI layout with the artifact; return its digest, which equal inputs repeat."""
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "artifactType": _BILL,
        # Without the referrers API, crane lists this media type as the type of the artifact.
        "config": _blob(folder, _BILL, b"{}"),
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
