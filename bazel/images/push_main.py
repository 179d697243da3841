"""Pushes the images of a kfp_image and never changes an existing tag; the program of NAME.push.

The images are first uploaded under their digests, so that nobody finds them by a tag. The tag is
read before it is written, and again afterwards. Two pushes at the same moment can still conflict;
only a registry with immutable tags can rule that out.
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

from packaging.version import InvalidVersion, Version

# Error codes of the OCI distribution specification 1.1, and the corresponding HTTP status.
_ABSENT = re.compile(r"MANIFEST_UNKNOWN|NAME_UNKNOWN|NOT_FOUND|status code 404")


class PushError(Exception):
    """The push was refused, or failed."""


class Target:
    """A tag in a repository of a registry."""

    def __init__(self, crane: Path, repository: str, tag: str):
        """Use the program `crane` for REPOSITORY:TAG."""
        self._crane, self._repository, self._tag = crane, repository, tag
        self.name = f"{repository}:{tag}"

    def digest(self) -> str | None:
        """Return the digest that the tag refers to, or None if there is no such tag."""
        return self._digest_of(self.name)

    def upload(self, layout: Path, digest: str) -> None:
        """Upload the content of a layout only under its digest."""
        if not self._digest_of(f"{self._repository}@{digest}"):
            self._run("push", str(layout), f"{self._repository}@{digest}")

    def show(self, digest: str) -> None:
        """Make the tag refer to the uploaded digest."""
        self._run("tag", f"{self._repository}@{digest}", self._tag)

    def _digest_of(self, reference: str) -> str | None:
        try:
            return self._run("digest", reference)
        except PushError as error:
            if _ABSENT.search(str(error)):
                return None
            raise

    def _run(self, *arguments: str) -> str:
        done = subprocess.run([self._crane, *arguments], capture_output=True, text=True)
        if done.returncode:
            raise PushError(f"crane {' '.join(arguments)} failed: {done.stderr.strip()}")
        return done.stdout.strip()


def push(target: Target, layout: Path, may_move: bool) -> str:
    """Push the images of a layout; return what was done.

    Raises:
        PushError: If the tag refers to other images and must not be moved.
    """
    digest = layout_digest(layout)
    found = target.digest()
    if found == digest:
        return f"{target.name} already exists, with {digest}"
    if found and not may_move:
        raise PushError(
            f"{target.name} must keep its content, got {found} there and {digest} here. Give the "
            "kfp_image another tag; only development versions (X.Y.Z.devN) take --allow-overwrite."
        )
    target.upload(layout, digest)
    target.show(digest)
    if (shown := target.digest()) != digest:
        raise PushError(
            f"{target.name} must show {digest}, got {shown}: someone pushed at the same time. "
            "Compare the two before you continue."
        )
    return f"pushed {target.name}@{digest}"


def layout_digest(layout: Path) -> str:
    """Return the digest of the only manifest in an OCI image layout."""
    (manifest,) = json.loads((layout / "index.json").read_text(encoding="utf-8"))["manifests"]
    return str(manifest["digest"])


def check_may_move(tag: str) -> None:
    """Refuse to move tags that others rely on.

    Raises:
        PushError: If the tag is not a development version.
    """
    try:
        development = Version(tag).is_devrelease
    except InvalidVersion:
        development = False
    if not development:
        raise PushError(
            f"--allow-overwrite must be used for development versions (X.Y.Z.devN), got {tag!r}. "
            "Give the kfp_image another tag."
        )


def main(arguments: list[str]) -> int:
    """Push; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="bazel run NAME.push --", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("--crane", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--layout", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--reference", required=True, help=argparse.SUPPRESS)
    parser.add_argument("-r", "--repository", help="REGISTRY/PATH to push to instead")
    parser.add_argument(
        "--allow-overwrite",
        action="store_true",
        help="allow the tag to move; only for development versions (X.Y.Z.devN)",
    )
    options = parser.parse_args(arguments)
    try:
        repository, _, tag = options.reference.rpartition(":")
        if options.allow_overwrite:
            check_may_move(tag)
        target = Target(options.crane, options.repository or repository, tag)
        print(push(target, options.layout, options.allow_overwrite))
    except PushError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
