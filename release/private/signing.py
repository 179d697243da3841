"""Signs an image by cosign, by its digest, once.

Source:
    cosign 2 keeps a signature under a tag made of the digest. cosign 3 keeps it as a Sigstore bundle
    that refers to the image, and says in an annotation what the bundle states. A registry without
    the API for referrers has a tag in its place ("Referrers Tag Schema").
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
    """Return the executable.

    Raises:
        DeliveryError: If it is not installed.
    """
    cosign = shutil.which("cosign")
    if not cosign:
        raise DeliveryError(
            "cosign must be on PATH for --sign, got none. Install it, or leave out --sign."
        )
    return cosign


def is_signed(registry: Registry, image: Image) -> bool:
    """Tell whether the registry shows a signature of the image, whoever made it.

    crane cannot list what refers to an image where the registry has an API for it. Then oras is
    asked, if it is on PATH; without it the image counts as not signed.
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
    """Return a manifest; an empty one if there is none."""
    try:
        return dict(json.loads(registry.crane.manifest(reference)))
    except AbsentError:
        return {}


@dataclass(frozen=True)
class Signer:
    """Signs images.

    Attributes:
        key: A key as cosign names it (a file, env://…, a KMS), or "keyless". cosign takes the key's
            password from COSIGN_PASSWORD.
        options: Further options of `cosign sign`.
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
                f"cosign must sign {image.pinned}, got {said!r}. Mend that and run it again."
            )
        say(f"signature: signed {image.pinned}")
