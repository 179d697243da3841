"""Signs an image with cosign: by its digest, and only once.

Source:
    cosign 2 stores a signature under a tag that is derived from the digest. cosign 3 stores it as a
    Sigstore bundle that refers to the image, with an annotation for the type of statement. A
    registry without the referrers API has a tag instead ("Referrers Tag Schema").
"""

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kfp_component_lib.verification import programs
from kfp_component_lib.verification.answers import AbsentError
from kfp_component_lib.verification.errors import DeliveryError
from kfp_component_lib.verification.retry import say
from release.private.image_push import Image
from release.private.registry import Registry

KEYLESS = "keyless"
_SECONDS = 300.0
_STATES = "dev.sigstore.bundle.predicateType"
_SIGNATURE = "https://sigstore.dev/cosign/sign/v1"


def find_cosign() -> str:
    """Return the path of cosign.

    Raises:
        DeliveryError: If it is not installed.
    """
    cosign = shutil.which("cosign")
    if not cosign:
        raise DeliveryError(
            "cosign must be on PATH for --sign, but was not found. Install it, or leave out --sign."
        )
    return cosign


def is_signed(registry: Registry, image: Image) -> bool:
    """Return whether the registry has a signature of the image, whoever made it.

    If the registry has the referrers API, crane cannot list what refers to an image. Then oras is
    used if it is on PATH; without oras the image counts as not signed.
    """
    tag = image.digest.replace(":", "-")
    if registry.digest(f"{image.repository}:{tag}.sig"):
        return True
    said = [manifest.get("annotations") or {} for manifest in _referrers(registry, image, tag)]
    return any(annotations.get(_STATES) == _SIGNATURE for annotations in said)


def _referrers(registry: Registry, image: Image, tag: str) -> Iterator[dict[str, Any]]:
    """Yield the manifests that refer to an image."""
    index = _manifest(registry, f"{image.repository}:{tag}")
    for entry in index.get("manifests", []):
        yield _manifest(registry, f"{image.repository}@{entry['digest']}")
    if oras := shutil.which("oras"):
        done = programs.run([oras, "discover", "--format=json", image.pinned], _SECONDS)
        if done.status == 0:
            found = json.loads(done.output)
            yield from found.get("referrers") or found.get("manifests") or []


def _manifest(registry: Registry, reference: str) -> dict[str, Any]:
    """Return a manifest, or an empty one if there is none."""
    try:
        return dict(json.loads(registry.crane.manifest(reference)))
    except AbsentError:
        return {}


@dataclass(frozen=True)
class Signer:
    """Signs images.

    Attributes:
        key: A key in the notation of cosign (a file, env://…, a KMS), or "keyless". cosign reads
            the password of the key from COSIGN_PASSWORD.
        options: Additional options of `cosign sign`.
    """

    key: str
    options: Sequence[str] = ()

    def sign(self, registry: Registry, image: Image) -> None:
        """Sign the image, which must be in the registry, unless it is signed already.

        Raises:
            DeliveryError: If cosign refuses.
        """
        if is_signed(registry, image):
            say(f"signature: {image.pinned} is signed already")
            return
        key = [] if self.key == KEYLESS else ["--key", self.key]
        command = [find_cosign(), "sign", "--yes", *key, *self.options, image.pinned]
        done = programs.run(command, _SECONDS)
        if done.status:
            said = " ".join(done.errors.split())
            raise DeliveryError(
                f"cosign must sign {image.pinned}, got {said!r}. Fix the error and run it again."
            )
        say(f"signature: signed {image.pinned}")
