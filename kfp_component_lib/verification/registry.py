"""A repository in a registry: its manifests, and the images that they describe."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kfp_component_lib.verification.answers import AbsentError
from kfp_component_lib.verification.clients import Blob, Client
from kfp_component_lib.verification.errors import DeliveryError
from kfp_component_lib.verification.retry import PATIENT, Retry

Json = dict[str, Any]
_LAYERS_LIMIT = 8 << 30  # bytes of an image, compressed
_INDEX = "application/vnd.oci.image.index.v1+json"
_TITLE = "org.opencontainers.image.title"
_DEPTH = 3  # an index of indexes of images
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """The manifest of an image, or of an index of images.

    Attributes:
        digest: Its digest.
        content: The parsed manifest.
    """

    digest: str
    content: Json

    @property
    def blobs(self) -> list[Blob]:
        """The configuration and the layers, lowest first, as an image's manifest lists them."""
        described = [self.content["config"], *self.content["layers"]]
        return [Blob(entry["digest"], entry["size"]) for entry in described]


@dataclass(frozen=True)
class Entry:
    """What an index lists: an image, or an index of images.

    Attributes:
        title: Its title in the index; None if it has none there.
        digest: Its digest.
        images: The digests of all images behind it.
    """

    title: str | None
    digest: str
    images: tuple[str, ...]


@dataclass(frozen=True)
class Registry:
    """A repository in a registry.

    Attributes:
        repository: HOST/PATH, without a tag.
        client: The program that reads the registry.
        retry: How temporary failures are handled.
    """

    repository: str
    client: Client
    retry: Retry = PATIENT

    def find(self, tag: str) -> Manifest | None:
        """Return the manifest of a tag, or None if there is no such tag."""
        try:
            return self._read(f"{self.repository}:{tag}")
        except AbsentError:
            return None

    def get(self, digest: str) -> Manifest:
        """Return the manifest with a digest.

        Raises:
            DeliveryError: If it is missing, or has another digest.
        """
        found = self._read(f"{self.repository}@{digest}")
        if found.digest != digest:
            raise self._damaged(digest, found.digest)
        return found

    def images(self, digest: str) -> list[Manifest]:
        """Return the images behind a digest: an image is one, an index has several.

        Attestations, which an index may contain as well, have no platform and are left out.

        Raises:
            DeliveryError: If one of them is missing, or indexes are nested too deeply.
        """
        return self._images(digest, _DEPTH)

    def entries(self, digest: str) -> list[Entry]:
        """Return what an index lists, in its order and without leaving anything out.

        An image that is in no index is its own only entry.

        Raises:
            DeliveryError: If one of them is missing, or malformed.
        """
        manifest = self.get(digest)
        if "manifests" not in manifest.content:
            return [Entry(None, digest, (digest,))]
        listed = _listed(manifest, self.repository)
        return [Entry(title, found, self._leaves(found, _DEPTH - 1)) for title, found in listed]

    def _leaves(self, digest: str, depth: int) -> tuple[str, ...]:
        manifest = self.get(digest)
        if "manifests" not in manifest.content or depth == 0:
            return (digest,)
        listed = _listed(manifest, self.repository)
        return tuple(leaf for _, found in listed for leaf in self._leaves(found, depth - 1))

    def members(self, digest: str) -> set[str]:
        """Return a digest together with those of all images and indexes below it.

        Raises:
            DeliveryError: If one of them is missing, or indexes are nested too deeply.
        """
        return self._digests(digest, _DEPTH)

    def _digests(self, digest: str, depth: int) -> set[str]:
        manifest = self.get(digest)
        if "manifests" not in manifest.content or depth == 0:
            return {digest}
        below = [self._digests(entry, depth - 1) for entry in _members(manifest, self.repository)]
        return {digest, *(found for digests in below for found in digests)}

    def save(self, image: Manifest, folder: Path) -> tuple[Path, list[Path]]:
        """Write the configuration and layers of an image to a folder, unless they are there.

        Returns:
            The file of the configuration, and those of the layers, lowest layer first.

        Raises:
            DeliveryError: If a blob does not match its digest, or the blobs are too large.
        """
        blobs = image.blobs
        if (size := sum(blob.size for blob in blobs)) > _LAYERS_LIMIT:
            raise DeliveryError(
                f"{self.repository}@{image.digest} must have at most {_LAYERS_LIMIT:,} bytes, "
                f"got {size:,}."
            )
        reference = f"{self.repository}@{image.digest}"
        missing = [blob for blob in blobs if not (folder / _hex(blob)).exists()]
        if missing:
            self.retry(lambda: self.client.save_image(reference, missing, folder))
        config, *layers = [self._checked(blob, folder) for blob in blobs]
        return config, layers

    def _images(self, digest: str, depth: int) -> list[Manifest]:
        manifest = self.get(digest)
        if "manifests" not in manifest.content:
            _must_be_an_image(manifest, self.repository)
            return [manifest]
        if depth == 0:
            raise DeliveryError(
                f"{self.repository}@{digest} must be an image or an index of images, got an index "
                f"below {_DEPTH} others."
            )
        below = [self._images(entry, depth - 1) for entry in _members(manifest, self.repository)]
        return [image for images in below for image in images]

    def _read(self, reference: str) -> Manifest:
        body = self.retry(lambda: self.client.manifest(reference))
        try:
            content = json.loads(body)
        except (ValueError, RecursionError):
            content = None
        if not isinstance(content, dict):
            raise DeliveryError(
                f"{reference} must be a manifest in JSON, got {body[:60]!r}. Is {self.repository} "
                "in a registry?"
            )
        return Manifest("sha256:" + hashlib.sha256(body).hexdigest(), content)

    def _checked(self, blob: Blob, folder: Path) -> Path:
        file = folder / _hex(blob)
        with file.open("rb") as content:
            found = "sha256:" + hashlib.file_digest(content, "sha256").hexdigest()
        if found != blob.digest:
            file.unlink()
            raise self._damaged(blob.digest, found)
        return file

    def _damaged(self, wanted: str, found: str) -> DeliveryError:
        return DeliveryError(
            f"{self.repository} must hold {wanted}, got {found}. The image is damaged: inform its "
            "publisher."
        )


def _hex(blob: Blob) -> str:
    """Return a digest without its algorithm, which is the file name of the blob."""
    return blob.digest.partition(":")[2]


def _members(index: Manifest, repository: str) -> Sequence[str]:
    """Return the digests that an index lists, without attestations.

    An index in an index has no platform either: clients request it by its digest.
    """
    try:
        return [
            entry["digest"]
            for entry in index.content["manifests"]
            if entry.get("mediaType") == _INDEX
            or entry.get("platform", {}).get("architecture") != "unknown"
        ]
    except (AttributeError, KeyError, TypeError):
        raise _malformed(index, repository, "index") from None


def _listed(index: Manifest, repository: str) -> list[tuple[str | None, str]]:
    """Return the title and the digest of everything that an index lists."""
    try:
        return [
            ((entry.get("annotations") or {}).get(_TITLE), str(entry["digest"]))
            for entry in index.content["manifests"]
        ]
    except (AttributeError, KeyError, TypeError):
        raise _malformed(index, repository, "index") from None


def _must_be_an_image(manifest: Manifest, repository: str) -> None:
    try:
        blobs = manifest.blobs
    except (KeyError, TypeError):
        blobs = []
    if not blobs or not all(_is_blob(blob) for blob in blobs):
        raise _malformed(manifest, repository, "image")


def _is_blob(blob: Blob) -> bool:
    algorithm, _, value = blob.digest.partition(":") if isinstance(blob.digest, str) else ("",) * 3
    return (
        algorithm == "sha256"
        and len(value) == 64
        and set(value) <= set("0123456789abcdef")
        and isinstance(blob.size, int)
        and blob.size >= 0
    )


def _malformed(manifest: Manifest, repository: str, kind: str) -> DeliveryError:
    return DeliveryError(
        f"{repository}@{manifest.digest} must be the manifest of an {kind}, got "
        f"{json.dumps(manifest.content)[:200]}."
    )
