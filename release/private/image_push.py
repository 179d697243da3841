"""Pushes the images of a version so that the version's tag keeps its content once it is set.

The distribution protocol cannot write a tag only if it does not exist. So a tag is read before it
is written, and read again afterwards. One case remains open: two releases that write a tag at the
same moment. The registry can rule it out with immutable tags, and the people who start releases by
starting one at a time.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from kfp_component_lib.verification.answers import ImmutableError
from kfp_component_lib.verification.errors import DeliveryError
from kfp_component_lib.verification.retry import say
from release.private.errors import RefusedError
from release.private.registry import Registry

_HOW_TO_BUILD_ALL = "--config=release on a machine with internet builds it for amd64 and arm64"


@dataclass(frozen=True)
class Image:
    """What was built, an image or an index of images, and where it is pushed to.

    Attributes:
        layout: Folder with the OCI image layout.
        repository: The repository to push to, without a tag.
        version: The version, which becomes the tag.
    """

    layout: Path
    repository: str
    version: Version

    @property
    def digest(self) -> str:
        """The digest of the single manifest that the layout names, of an image or of an index."""
        return layout_digest(self.layout)

    @property
    def architectures(self) -> list[str]:
        """The architectures of the images."""
        return sorted(set(self._architectures(self.digest)))

    @property
    def tagged(self) -> str:
        """The reference with the version tag."""
        return f"{self.repository}:{self.version}"

    @property
    def pinned(self) -> str:
        """The reference with the digest."""
        return f"{self.repository}@{self.digest}"

    def _architectures(self, digest: str) -> list[str]:
        manifest = self._blob(digest)
        if "manifests" in manifest:
            return [
                a for entry in manifest["manifests"] for a in self._architectures(entry["digest"])
            ]
        return [self._blob(manifest["config"]["digest"])["architecture"]]

    def _blob(self, digest: str) -> dict[str, Any]:
        content = self.layout.joinpath("blobs", *digest.split(":")).read_text(encoding="utf-8")
        return dict(json.loads(content))


def layout_digest(layout: Path) -> str:
    """Return the digest of the single manifest in an OCI image layout."""
    manifests = json.loads((layout / "index.json").read_text(encoding="utf-8"))["manifests"]
    if len(manifests) != 1:
        raise DeliveryError(f"{layout}/index.json must name one manifest, got {len(manifests)}.")
    return str(manifests[0]["digest"])


@dataclass(frozen=True)
class ImagePush:
    """The steps that publish the images; each of them may be repeated.

    Attributes:
        registry: The registry to push to.
        image: The image or index to push.
        moving: Tags that follow the newest release.
        overwrite: Whether the version tag may move; only for development versions.
    """

    registry: Registry
    image: Image
    moving: Sequence[str] = ()
    overwrite: bool = False

    def say_architectures(self) -> None:
        """Report the architectures, so that nobody releases only one of them by accident."""
        if len(found := self.image.architectures) > 1:
            say(f"image: {self.image.digest} is for {' and '.join(found)}")
        else:
            say(f"image: {self.image.digest} is ONLY for {found[0]}: {_HOW_TO_BUILD_ALL}")

    def is_published(self, tag: str) -> bool:
        """Return whether a permanent tag already points to this image.

        Raises:
            RefusedError: If it points to a different image.
        """
        reference = f"{self.image.repository}:{tag}"
        found = self.registry.digest(reference)
        if found in (None, self.image.digest):
            return found is not None
        if self.overwrite and self.image.version.is_devrelease:
            say(f"image: {reference} no longer points to {found}")
            return False
        raise RefusedError(
            f"{reference} must keep its content, got {found} there and {self.image.digest} here. "
            "Release another version: bazel run //release:bump -- patch"
        )

    def tags_behind(self) -> list[str]:
        """Return the moving tags that do not exist yet or point to an older version.

        Raises:
            RefusedError: If one points to an image that is not from this workspace.
        """
        return [tag for tag in self.moving if self._is_behind(tag)]

    def upload(self) -> None:
        """Upload the images by digest only, so nobody who uses tags can see them yet."""
        if self.registry.digest(self.image.pinned):
            say(f"image: {self.image.pinned} is there already")
            return
        self.registry.push(self.image.layout, self.image.pinned)
        say(f"image: pushed {self.image.pinned}")

    def give_tag(self, tag: str) -> None:
        """Point a permanent tag to this image.

        Raises:
            RefusedError: If it points to a different image, even one that was pushed in the meantime.
        """
        reference = f"{self.image.repository}:{tag}"
        if self.is_published(tag):
            say(f"image: {reference} is there already")
            return
        refusal = self._write(tag)
        found = self.registry.digest(reference)
        if found == self.image.digest:
            say(f"image: tagged {reference}")
        elif refusal and found is None:
            raise refusal
        else:
            raise RefusedError(
                f"{reference} must point to {self.image.digest}, got {found}: another release of this "
                "version ran at the same time. Compare the two before you go on."
            )

    def move_tags(self) -> None:
        """Move the moving tags to this image, unless they point to a newer version.

        A registry with immutable tags leaves them unchanged. The release is complete without them,
        so this is reported and is not a failure.

        Raises:
            DeliveryError: If someone moved one back at the same moment.
        """
        for tag in self.tags_behind():
            reference = f"{self.image.repository}:{tag}"
            refusal = self._write(tag)
            if self.registry.digest(reference) == self.image.digest:
                say(f"image: moved {reference} to {self.image.version}")
            elif refusal:
                say(
                    f"image: {reference} was NOT moved, since the registry keeps tags "
                    "immutable. To skip this step: --moving-tags=none"
                )
            elif self._is_behind(tag):
                raise DeliveryError(
                    f"{reference} must stay at {self.image.version}, but was moved back. Another "
                    "release is running: run the same command again when it has finished."
                )

    def _write(self, tag: str) -> ImmutableError | None:
        """Write a tag; return the error of a registry that keeps its tags immutable."""
        try:
            self.registry.tag(self.image.pinned, tag)
        except ImmutableError as refusal:
            return refusal
        return None

    def _is_behind(self, tag: str) -> bool:
        reference = f"{self.image.repository}:{tag}"
        found = self.registry.digest(reference)
        if found in (None, self.image.digest):
            return found is None
        current = self._version_of(reference)
        if current <= self.image.version:
            return True
        say(f"image: {reference} stays at {current}, which is newer")
        return False

    def _version_of(self, reference: str) -> Version:
        label = self.registry.version(reference)
        try:
            return Version(label or "")
        except InvalidVersion:
            raise RefusedError(
                f"{reference} must point to an image with a version label, got {label!r}. "
                "It is not an image of this workspace: correct the repository, remove the tag, or "
                "leave it out of --moving-tags."
            ) from None
