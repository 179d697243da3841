"""Pushes an image so that a version tag, once given, keeps its content.

The distribution protocol has no "write this tag only if it is absent". What it has is a register
that everybody can read and write, which is what Fischer's algorithm for mutual exclusion needs:
see that the tag is free, write it, wait longer than a write may take, read it again. Whoever then
reads another digest has lost and stops. That keeps two pushers apart as long as a write that was
given up on does not arrive later still; only a registry that keeps tags immutable rules that out.

Source:
    L. Lamport, "A fast mutual exclusion algorithm", 1987, which describes M. Fischer's algorithm.
"""

import json
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from packaging.version import Version

from release.crane import Crane
from release.errors import RefusedError, ReleaseError
from release.retry import Retry, say
from release.versions import moves_forward, moving_tags

_HOW_TO_BUILD_ALL = "--config=release on a machine with internet builds it for amd64 and arm64"
_ROUNDS = 3  # how often a tag that somebody moves back is moved again


@dataclass(frozen=True)
class Image:
    """An image that was built, and where it shall go.

    Attributes:
        layout: Folder in the OCI image layout.
        repository: Where it goes, without a tag.
        version: The version, which becomes the tag.
    """

    layout: Path
    repository: str
    version: Version

    @property
    def digest(self) -> str:
        """The digest of the one manifest that the layout names: an image's, or an index's."""
        return layout_digest(self.layout)

    @property
    def architectures(self) -> list[str]:
        """The architectures that it runs on: one, or those of the index that the layout holds."""
        manifest = self._blob(self.digest)
        if "manifests" in manifest:
            platforms = [entry["platform"]["architecture"] for entry in manifest["manifests"]]
            return [name for name in dict.fromkeys(platforms) if name != "unknown"]
        return [self._blob(manifest["config"]["digest"])["architecture"]]

    @property
    def tagged(self) -> str:
        """The reference by the version tag."""
        return f"{self.repository}:{self.version}"

    @property
    def pinned(self) -> str:
        """The reference by the digest."""
        return f"{self.repository}@{self.digest}"

    def _blob(self, digest: str) -> dict[str, Any]:
        content = self.layout.joinpath("blobs", *digest.split(":")).read_text(encoding="utf-8")
        return dict(json.loads(content))


def layout_digest(layout: Path) -> str:
    """Return the digest of the one manifest in an OCI image layout."""
    manifests = json.loads((layout / "index.json").read_text(encoding="utf-8"))["manifests"]
    if len(manifests) != 1:
        raise ReleaseError(f"{layout}/index.json must name one manifest, got {len(manifests)}.")
    return str(manifests[0]["digest"])


@dataclass(frozen=True)
class ImagePush:
    """The steps that publish an image; each may be done again.

    Attributes:
        crane: The registry.
        image: The image.
        retry: How failures that may pass are met.
        settle: Seconds a tag may take to be written, and is waited for until it is read again.
        overwrite: Whether the version tag may move; for development versions only.
    """

    crane: Crane
    image: Image
    retry: Retry
    settle: float = 5.0
    overwrite: bool = False

    def say_architectures(self) -> None:
        """Say what it runs on, so that nobody releases less than both by oversight."""
        if len(found := self.image.architectures) > 1:
            say(f"image: {self.image.digest} is for {' and '.join(found)}")
        else:
            say(f"image: {self.image.digest} is for {found[0]} ALONE: {_HOW_TO_BUILD_ALL}")

    def is_published(self, tag: str) -> bool:
        """Tell whether the tag shows this image.

        Raises:
            RefusedError: If it shows another one.
        """
        reference = f"{self.image.repository}:{tag}"
        found = self.crane.digest(reference)
        if found in (None, self.image.digest):
            return found is not None
        if self.overwrite and self.image.version.is_devrelease:
            say(f"image: {reference} moves away from {found}")
            return False
        raise RefusedError(
            f"{reference} must keep its content, got {found} there and {self.image.digest} here. "
            "Release another version: bazel run //release:bump -- patch"
        )

    def upload(self) -> None:
        """Upload the image under its digest alone, where nobody who goes by tags finds it."""
        if self.retry(lambda: self.crane.digest(self.image.pinned)):
            say(f"image: {self.image.pinned} is there already")
            return
        self.retry(lambda: self.crane.push(self.image.layout, self.image.pinned))
        say(f"image: pushed {self.image.pinned}")

    def give_tag(self, tag: str) -> None:
        """Let the tag show this image.

        Raises:
            RefusedError: If it shows another one, also if somebody else gave it meanwhile.
        """
        reference = f"{self.image.repository}:{tag}"
        if self.retry(lambda: self.is_published(tag)):
            say(f"image: {reference} is there already")
            return
        self.retry(lambda: self._write_unless_published(tag))
        time.sleep(self.settle)
        found = self.retry(lambda: self.crane.digest(reference))
        if found != self.image.digest:
            raise RefusedError(
                f"{reference} must show {self.image.digest}, got {found}: another release "
                "of this version ran at the same time and won. Compare the two before you go on."
            )
        say(f"image: tagged {reference}")

    def _write_unless_published(self, tag: str) -> None:
        if not self.is_published(tag):
            self.crane.tag(self.image.pinned, tag, self.settle)

    def move_tags(self) -> None:
        """Move `latest` and MAJOR.MINOR to this image, unless they show a newer version."""
        for _ in range(_ROUNDS):
            if not (behind := self._tags_behind()):
                return
            for tag in behind:
                self.retry(partial(self.crane.tag, self.image.pinned, tag, self.settle))
                say(f"image: moved {self.image.repository}:{tag} to {self.image.version}")
            time.sleep(self.settle)
        if behind := self._tags_behind():
            raise ReleaseError(
                f"{self.image.repository}:{behind[0]} must stay at {self.image.version}, got moved "
                "back. Another release is running: run the same command again after it."
            )

    def _tags_behind(self) -> list[str]:
        return [tag for tag in moving_tags(self.image.version) if self._is_behind(tag)]

    def _is_behind(self, tag: str) -> bool:
        reference = f"{self.image.repository}:{tag}"
        if self.retry(lambda: self.crane.digest(reference)) == self.image.digest:
            return False
        current = self.retry(lambda: self.crane.version(reference))
        if moves_forward(current, self.image.version):
            return True
        say(f"image: {reference} stays at {current}, which is newer")
        return False
