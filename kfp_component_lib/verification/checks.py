"""The checks: each compares what the parts of a version say of one another."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from kfp_component_lib.verification import bills, programs
from kfp_component_lib.verification.bundle import (
    Files,
    Record,
    bills_in,
    manifests_in,
    pipelines_in,
    strange_in,
)
from kfp_component_lib.verification.container_files import Layers
from kfp_component_lib.verification.errors import DeliveryError
from kfp_component_lib.verification.image_check import check_installed, wheel_files
from kfp_component_lib.verification.images import Image, fetch_image
from kfp_component_lib.verification.index import Index
from kfp_component_lib.verification.pipelines import read_pipeline, references_to, texts_in
from kfp_component_lib.verification.registry import Manifest, Registry
from kfp_component_lib.verification.retry import PATIENT, Retry, say

VERSION_LABEL = "org.opencontainers.image.version"
_COSIGN_SECONDS = 120.0


@dataclass(frozen=True)
class Verification:
    """What is compared.

    Attributes:
        version: The version that was asked for.
        record: What the bundle says.
        files: The bundle's files.
        registry: The images' repository.
        index: The package index.
        signature: Options of `cosign verify`, such as --key. Without any, nobody asks for a
            signature.
        retry: How failures are met that may pass.
    """

    version: str
    record: Record
    files: Files
    registry: Registry
    index: Index
    signature: Sequence[str] = ()
    retry: Retry = PATIENT

    def checks(self) -> list[Callable[[], str]]:
        """Return the checks. Each says what it saw, or raises DeliveryError."""
        return [
            self.bundle_is_of_version,
            self.pipelines_name_images,
            self.registry_shows_images,
            self.index_shows_wheel,
            self.images_hold_wheel,
            *([self.image_is_signed] if self.signature else []),
        ]

    def bundle_is_of_version(self) -> str:
        """The bundle is that of the version, and holds what bundles hold."""
        _equal("version of the bundle", self.version, self.record.version)
        _equal("files that no release puts into its bundle", [], strange_in(self.files))
        return f"bundle: {len(self.files)} files fit their checksums"

    def pipelines_name_images(self) -> str:
        """Whatever the pipelines name of our repository is an image of this release."""
        pipelines = {file: read_pipeline(file, c) for file, c in pipelines_in(self.files).items()}
        if not pipelines:
            raise DeliveryError("a bundle must hold compiled pipelines, got none.")
        texts = {file: pipeline.texts for file, pipeline in pipelines.items()}
        texts |= {file: texts_in(file, c) for file, c in manifests_in(self.files).items()}
        allowed = {f"{self.record.repository}:{self.version}@{d}" for d in self._digests}
        for file, found in sorted(texts.items()):
            others = sorted(references_to(self.record.repository, found) - allowed)
            _equal(f"images in {file} that are not of this release", [], others)
        named = {image for pipeline in pipelines.values() for image in pipeline.images.values()}
        if not named & allowed:
            raise DeliveryError(
                f"one of the pipelines must name {self.record.image}, got {_list(named)}."
            )
        foreign = f"; foreign images: {_list(named - allowed)}" if named - allowed else ""
        return f"pipelines: {len(pipelines)} name {_list(named & allowed)}{foreign}"

    def registry_shows_images(self) -> str:
        """The version's tag has the bundle's digest."""
        tagged = f"{self.registry.repository}:{self.version}"
        found = self.registry.find(self.version)
        if found is None:
            raise DeliveryError(f"{tagged} must be published, got nothing. Was it released?")
        _equal(f"digest of {tagged}", self.record.digest, found.digest)
        return f"registry: {tagged} is {found.digest}"

    def index_shows_wheel(self) -> str:
        """The index holds the bundle's wheel."""
        size = f"{len(self._wheel):,} bytes"
        return f"index: {self.record.wheel} ({size}) has sha256 {self.record.wheel_sha256}"

    def images_hold_wheel(self) -> str:
        """Each image is of the version and holds the wheel; its bill says what is in it."""
        wheel, of_images = wheel_files(self._wheel), self._bills
        seen = []
        for image in self._fetched():
            _equal(
                f"{VERSION_LABEL} of {image.digest}", self.version, image.labels.get(VERSION_LABEL)
            )
            self._check(image, wheel, of_images.pop(image.digest, None))
            seen.append(f"{image.architecture} ({image.digest})")
        _equal("bills of materials of other images", [], sorted(of_images))
        return f"images: {_list(seen)} hold the {len(wheel)} files of the wheel, and what is billed"

    def image_is_signed(self) -> str:
        """Cosign accepts the image's signature."""
        cosign = shutil.which("cosign")
        if not cosign:
            raise DeliveryError(
                "cosign must be on PATH to check a signature, got none. Install it."
            )
        pinned = f"{self.registry.repository}@{self.record.digest}"
        done = programs.run([cosign, "verify", *self.signature, pinned], _COSIGN_SECONDS)
        if done.status:
            raise DeliveryError(f"{pinned} must be signed, got {done.errors.strip()!r}.")
        return f"signature: cosign accepts {pinned}"

    def _check(self, image: Image, wheel: Files, bill: bills.Json | None) -> None:
        if bill is None:
            raise DeliveryError(f"a bundle must have the bill of {image.digest}, got none.")
        try:
            files = image.files()
            path, compiler = image.environment.get("PYTHONPATH", ""), bills.compiler_of(bill)
            check_installed(files, path, wheel, compiler)
            bills.check_bill(bill, files, image.environment)
        except DeliveryError as error:
            raise DeliveryError(f"image {image.digest}: {error}") from None
        if not bills.lists_wheel(bill, self.record.wheel_sha256):
            raise DeliveryError(f"the bill of {image.digest} must list the wheel by its hash.")

    def _fetched(self) -> Iterator[Image]:
        """Yield the images, one after the other; layers that they share are fetched once."""
        with tempfile.TemporaryDirectory() as blobs, tempfile.TemporaryDirectory() as unpacked:
            layers = Layers(Path(unpacked))
            for manifest in self._images:
                yield fetch_image(self.registry, manifest, Path(blobs), layers)

    @property
    def _bills(self) -> dict[str, bills.Json]:
        """The bills, by the digests of their images."""
        found = {}
        for name, bill in bills_in(self.files).items():
            digest = f"sha256:{bills.sha256_of(bills.subject_of(bill))}"
            if digest in found:
                raise DeliveryError(f"a bundle must have one bill of {digest}, got {name} besides.")
            found[digest] = bill
        return found

    @cached_property
    def _images(self) -> list[Manifest]:
        return self.registry.images(self.record.digest)

    @property
    def _digests(self) -> set[str]:
        """The digests that pipelines may name: of the whole, and of each image in it."""
        return {self.record.digest, *(image.digest for image in self._images)}

    @cached_property
    def _wheel(self) -> bytes:
        """The published wheel, which has the bundle's hash."""
        project = self.record.wheel.partition("-")[0]
        content = self.retry(lambda: self.index.download(project, self.record.wheel))
        if content is None:
            raise DeliveryError(
                f"{self.record.wheel} must be published at {self.index.url}, got nothing. "
                "Pass the --index-url that it was released to."
            )
        _equal(
            "sha256 of the published wheel",
            self.record.wheel_sha256,
            hashlib.sha256(content).hexdigest(),
        )
        return content


def failures(verification: Verification) -> list[str]:
    """Run every check, print what each saw, and return what failed."""
    failed = []
    for check in verification.checks():
        try:
            say(f"ok      {check()}")
        except DeliveryError as error:
            failed.append(str(error))
            say(f"FAILED  {error}")
    return failed


def _list(texts: Iterable[str]) -> str:
    return ", ".join(sorted(texts))


def _equal(what: str, wanted: object, got: object) -> None:
    if wanted != got:
        raise DeliveryError(f"{what} must be {wanted!r}, got {got!r}. They do not belong together.")
