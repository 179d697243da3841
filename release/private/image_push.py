"""Pushes the images of a version so that its tag, once given, keeps its content.

The distribution protocol cannot write a tag only if it is absent. So a tag is read before it is
written, and read again afterwards. What that leaves open, two releases that write a tag in the same
moment, is for the registry to rule out, by immutable tags, and for whoever starts releases, by
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
    """What was built, an image or an index of images, and where it shall go.

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
        """The architectures that it runs on."""
        return sorted(set(self._architectures(self.digest)))

    @property
    def tagged(self) -> str:
        """The reference by the version tag."""
        return f"{self.repository}:{self.version}"

    @property
    def pinned(self) -> str:
        """The reference by the digest."""
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
    """Return the digest of the one manifest in an OCI image layout."""
    manifests = json.loads((layout / "index.json").read_text(encoding="utf-8"))["manifests"]
    if len(manifests) != 1:
        raise DeliveryError(f"{layout}/index.json must name one manifest, got {len(manifests)}.")
    return str(manifests[0]["digest"])


@dataclass(frozen=True)
class ImagePush:
    """The steps that publish the images; each may be done again.

    Attributes:
        registry: Where they go.
        image: What goes there.
        moving: Tags that follow the newest release.
        overwrite: Whether the version tag may move; for development versions only.
    """

    registry: Registry
    image: Image
    moving: Sequence[str] = ()
    overwrite: bool = False

    def say_architectures(self) -> None:
        """Say what it runs on, so that nobody releases less than both by oversight."""
        if len(found := self.image.architectures) > 1:
            say(f"image: {self.image.digest} is for {' and '.join(found)}")
        else:
            say(f"image: {self.image.digest} is for {found[0]} ALONE: {_HOW_TO_BUILD_ALL}")

    def is_published(self, tag: str) -> bool:
        """Tell whether a tag that stays shows this image.

        Raises:
            RefusedError: If it shows another one.
        """
        reference = f"{self.image.repository}:{tag}"
        found = self.registry.digest(reference)
        if found in (None, self.image.digest):
            return found is not None
        if self.overwrite and self.image.version.is_devrelease:
            say(f"image: {reference} moves away from {found}")
            return False
        raise RefusedError(
            f"{reference} must keep its content, got {found} there and {self.image.digest} here. "
            "Release another version: bazel run //release:bump -- patch"
        )

    def tags_behind(self) -> list[str]:
        """Return the moving tags that show no version, or an older one.

        Raises:
            RefusedError: If one shows an image that is not of this workspace.
        """
        return [tag for tag in self.moving if self._is_behind(tag)]

    def upload(self) -> None:
        """Upload the images under their digests alone, where nobody finds them who goes by tags."""
        if self.registry.digest(self.image.pinned):
            say(f"image: {self.image.pinned} is there already")
            return
        self.registry.push(self.image.layout, self.image.pinned)
        say(f"image: pushed {self.image.pinned}")

    def give_tag(self, tag: str) -> None:
        """Let a tag that stays show this image.

        Raises:
            RefusedError: If it shows another one, also if somebody else gave it meanwhile.
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
                f"{reference} must show {self.image.digest}, got {found}: another release of this "
                "version ran at the same time. Compare the two before you go on."
            )

    def move_tags(self) -> None:
        """Move the moving tags to this image, unless they show a newer version.

        A registry that keeps tags immutable leaves them where they are. The release is complete
        without them, so that is said, and no failure.

        Raises:
            DeliveryError: If one was moved back in the same moment.
        """
        for tag in self.tags_behind():
            reference = f"{self.image.repository}:{tag}"
            refusal = self._write(tag)
            if self.registry.digest(reference) == self.image.digest:
                say(f"image: moved {reference} to {self.image.version}")
            elif refusal:
                say(
                    f"image: {reference} STAYS where it is, since the registry keeps tags "
                    "immutable. To try it no more: --moving-tags=none"
                )
            elif self._is_behind(tag):
                raise DeliveryError(
                    f"{reference} must stay at {self.image.version}, got moved back. Another "
                    "release is running: run the same command again after it."
                )

    def _write(self, tag: str) -> ImmutableError | None:
        """Write a tag; return the refusal of a registry that keeps tags immutable."""
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
                f"{reference} must show an image that is labelled with a version, got {label!r}. "
                "It is not an image of this workspace: correct the repository, remove the tag, or "
                "leave it out of --moving-tags."
            ) from None
