"""Signs an image by cosign, by its digest, once.

Source:
    cosign 2 keeps a signature under a tag made of the digest; cosign 3 keeps it as a Sigstore bundle
    that refers to the image, and says in an annotation what the bundle states.
"""

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from release.errors import ReleaseError
from release.image import Image
from release.registry import Registry
from release.retry import say

KEYLESS = "keyless"
_STATES = "dev.sigstore.bundle.predicateType"
_SIGNATURE = "https://sigstore.dev/cosign/sign/v1"


def find_cosign() -> str:
    """Return the executable.

    Raises:
        ReleaseError: If it is not installed.
    """
    cosign = shutil.which("cosign")
    if not cosign:
        raise ReleaseError(
            "cosign must be on PATH for --sign, got none. Install it, or leave out --sign."
        )
    return cosign


def is_signed(registry: Registry, digest: str) -> bool:
    """Tell whether the registry has a signature of the digest, whoever made it."""
    if registry.manifest(digest.replace(":", "-") + ".sig"):
        return True
    said = [manifest.get("annotations", {}) for manifest in registry.referrers(digest)]
    return any(annotations.get(_STATES) == _SIGNATURE for annotations in said)


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

    def sign(self, image: Image) -> None:
        """Sign the image, which must be in the registry, unless it is signed already.

        Raises:
            ReleaseError: If cosign refuses.
        """
        if is_signed(Registry(image.repository), image.digest):
            say(f"signature: {image.pinned} is signed already")
            return
        key = [] if self.key == KEYLESS else ["--key", self.key]
        command = [find_cosign(), "sign", "--yes", *key, *self.options, image.pinned]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, check=False, text=True
        )
        if done.returncode:
            said = " ".join(done.stderr.split())
            raise ReleaseError(
                f"cosign must sign {image.pinned}, got {said!r}. Mend that and run it again."
            )
        say(f"signature: signed {image.pinned}")
