"""Signs an image by cosign, by its digest, once."""

import shutil
import subprocess

from tools.release.crane import Crane
from tools.release.errors import ReleaseError
from tools.release.image import Image
from tools.release.retry import say

KEYLESS = "keyless"


def signature_tag(digest: str) -> str:
    """Return the tag under which cosign keeps the signature of a digest."""
    return digest.replace(":", "-") + ".sig"


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


def sign(crane: Crane, image: Image, key: str) -> None:
    """Sign the image unless it is signed already.

    Args:
        crane: The registry.
        image: The image, which must be in the registry.
        key: A key as cosign names it (a file, env://…, a KMS), or "keyless". cosign takes the
            key's password from COSIGN_PASSWORD.

    Raises:
        ReleaseError: If cosign refuses.
    """
    if crane.digest(f"{image.repository}:{signature_tag(image.digest)}"):
        say(f"signature: {image.pinned} is signed already")
        return
    options = [] if key == KEYLESS else ["--key", key]
    command = [find_cosign(), "sign", "--yes", *options, image.pinned]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, check=False, text=True
    )
    if done.returncode:
        said = " ".join(done.stderr.split())
        raise ReleaseError(
            f"cosign must sign {image.pinned}, got {said!r}. Mend that and run it again."
        )
    say(f"signature: signed {image.pinned}")
