"""The checks. Each compares the statements that parts of a version make about one another."""

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
    check_notes,
    manifests_in,
    pipelines_in,
    strange_in,
)
from kfp_component_lib.verification.container_files import Layers
from kfp_component_lib.verification.errors import DeliveryError
from kfp_component_lib.verification.image_check import Installed, check_installed, wheel_files
from kfp_component_lib.verification.images import Image, fetch_image
from kfp_component_lib.verification.index import Index
from kfp_component_lib.verification.manifests import check_manifests
from kfp_component_lib.verification.members import TITLE_LABEL, Content, check_members
from kfp_component_lib.verification.pipelines import (
    Pipeline,
    read_pipeline,
    references_to,
    texts_in,
)
from kfp_component_lib.verification.registry import Manifest, Registry
from kfp_component_lib.verification.retry import PATIENT, Retry, say
from kfp_component_lib.verification.source_archive import check_source, check_source_of_wheel

VERSION_LABEL = "org.opencontainers.image.version"
_COSIGN_SECONDS = 120.0


@dataclass(frozen=True)
class Verification:
    """The parts of a version that are compared.

    Attributes:
        version: The requested version.
        record: The record in the bundle.
        files: The files of the bundle.
        registry: The repository of the images.
        index: The package index.
        signature: Options of `cosign verify`, such as --key. If there are none, the signature is
            not checked.
        retry: How temporary failures are handled.
    """

    version: str
    record: Record
    files: Files
    registry: Registry
    index: Index
    signature: Sequence[str] = ()
    retry: Retry = PATIENT

    def checks(self) -> list[Callable[[], str]]:
        """Return the checks. Each returns a summary of what it found, or raises DeliveryError."""
        return [
            self.bundle_is_of_version,
            self.pipelines_name_images,
            self.manifests_say_the_same,
            self.registry_shows_images,
            self.index_shows_wheel,
            self.source_is_of_wheel,
            self.images_hold_wheel,
            *([self.image_is_signed] if self.signature else []),
        ]

    def bundle_is_of_version(self) -> str:
        """The bundle belongs to the version, and holds what bundles hold and nothing else."""
        _equal("version of the bundle", self.version, self.record.version)
        _equal("files that a release never puts into its bundle", [], strange_in(self.files))
        check_notes(self.files, self.version)
        return f"bundle: {len(self.files)} files match their checksums"

    def pipelines_name_images(self) -> str:
        """Every image of our repository that the pipelines name belongs to this release."""
        pipelines = {file: read_pipeline(file, c) for file, c in pipelines_in(self.files).items()}
        if not pipelines:
            raise DeliveryError("a bundle must hold compiled pipelines, but this one holds none.")
        texts = {file: pipeline.texts for file, pipeline in pipelines.items()}
        texts |= {file: texts_in(file, c) for file, c in manifests_in(self.files).items()}
        allowed = {f"{self.record.repository}:{self.version}@{d}" for d in self._digests}
        for file, found in sorted(texts.items()):
            others = sorted(references_to(self.record.repository, found) - allowed)
            _equal(f"images in {file} that do not belong to this release", [], others)
        for file, pipeline in sorted(pipelines.items()):
            self._check_components(file, pipeline, allowed)
        named = {image for pipeline in pipelines.values() for image in pipeline.images.values()}
        if not named & allowed:
            raise DeliveryError(
                f"one of the pipelines must name {self.record.image}, got {_list(named)}."
            )
        foreign = f"; foreign images: {_list(named - allowed)}" if named - allowed else ""
        return f"pipelines: {len(pipelines)} name {_list(named & allowed)}{foreign}"

    def manifests_say_the_same(self) -> str:
        """The manifests say exactly what the pipelines say, and there is one for each."""
        return f"manifests: {check_manifests(self.files, self.version)} match their pipelines"

    def registry_shows_images(self) -> str:
        """The version's tag has the digest that the bundle states."""
        tagged = f"{self.registry.repository}:{self.version}"
        found = self.registry.find(self.version)
        if found is None:
            raise DeliveryError(f"{tagged} must be published, got nothing. Was it released?")
        _equal(f"digest of {tagged}", self.record.digest, found.digest)
        return f"registry: {tagged} is {found.digest}"

    def index_shows_wheel(self) -> str:
        """The index holds the wheel that the bundle names."""
        size = f"{len(self._wheel):,} bytes"
        return f"index: {self.record.wheel} ({size}) has sha256 {self.record.wheel_sha256}"

    def source_is_of_wheel(self) -> str:
        """The source archive is of this version, and has the modules of the wheel."""
        source = check_source(self.files, self.version)
        check_source_of_wheel(source, wheel_files(self._wheel))
        return f"source: the archive has {len(source)} files, with all modules of the wheel"

    def images_hold_wheel(self) -> str:
        """Each image has the version and holds the wheel, and its bill lists what is in it.

        The image of a component holds only the modules of the wheel that the component imports, and
        there is one for each component.
        """
        wheel, of_images = wheel_files(self._wheel), self._bills
        contents: dict[str, Content] = {}
        for image in self._fetched():
            _equal(
                f"{VERSION_LABEL} of {image.digest}", self.version, image.labels.get(VERSION_LABEL)
            )
            found = self._check(image, wheel, of_images.pop(image.digest, None))
            title = image.labels.get(TITLE_LABEL, "")
            contents[image.digest] = Content(title, image.architecture, *found)
        _equal("bills of materials of other images", [], sorted(of_images))
        check_members(self.registry.entries(self.record.digest), contents, wheel)
        seen = [f"{c.architecture} ({digest})" for digest, c in contents.items() if c.whole]
        parts = len(contents) - len(seen)
        of_parts = f"; {parts} images of components hold parts of it" if parts else ""
        return (
            f"images: {_list(seen)} hold the {len(wheel)} files of the wheel, and match their bills"
            f"{of_parts}"
        )

    def image_is_signed(self) -> str:
        """Cosign accepts the signature of the image."""
        cosign = shutil.which("cosign")
        if not cosign:
            raise DeliveryError(
                "cosign must be on PATH to check a signature, but was not found. Install it."
            )
        pinned = f"{self.registry.repository}@{self.record.digest}"
        done = programs.run([cosign, "verify", *self.signature, pinned], _COSIGN_SECONDS)
        if done.status:
            raise DeliveryError(f"{pinned} must be signed, got {done.errors.strip()!r}.")
        return f"signature: cosign accepts {pinned}"

    def _check_components(self, file: str, pipeline: Pipeline, ours: set[str]) -> None:
        """Check that each component runs in its own image, if it runs in one of this release."""
        for executor, function in sorted(pipeline.functions.items()):
            image = pipeline.images[executor]
            if image in ours and function in self._components:
                wanted = f"{self.record.repository}:{self.version}@{self._components[function]}"
                _equal(f"image of {executor} in {file}, which runs {function},", wanted, image)

    @cached_property
    def _components(self) -> dict[str, str]:
        """The digest of the image of each component, by the title that the index gives it."""
        entries = self.registry.entries(self.record.digest)
        titles = {str(entry.title): entry.digest for entry in entries}
        library = str(entries[0].title) if entries else ""
        return {
            title.removeprefix(f"{library} "): digest
            for title, digest in titles.items()
            if title != library
        }

    def _check(self, image: Image, wheel: Files, bill: bills.Json | None) -> Installed:
        """Check an image, and return what of the wheel it holds."""
        if bill is None:
            raise DeliveryError(
                f"a bundle must have a bill for {image.digest}, but this one has none."
            )
        try:
            files = image.files()
            path, compiler = image.environment.get("PYTHONPATH", ""), bills.compiler_of(bill)
            found = check_installed(files, path, wheel, compiler)
            bills.check_bill(bill, files, image.environment)
        except DeliveryError as error:
            raise DeliveryError(f"image {image.digest}: {error}") from None
        if found.whole and not bills.lists_wheel(bill, self.record.wheel_sha256):
            raise DeliveryError(f"the bill of {image.digest} must list the wheel by its hash.")
        return found

    def _fetched(self) -> Iterator[Image]:
        """Yield the images one by one; layers that they share are downloaded once."""
        with tempfile.TemporaryDirectory() as blobs, tempfile.TemporaryDirectory() as unpacked:
            layers = Layers(Path(unpacked))
            for manifest in self._images:
                yield fetch_image(self.registry, manifest, Path(blobs), layers)

    @property
    def _bills(self) -> dict[str, bills.Json]:
        """The bills of materials, by the digests of their images."""
        found = {}
        for name, bill in bills_in(self.files).items():
            digest = f"sha256:{bills.sha256_of(bills.subject_of(bill))}"
            if digest in found:
                raise DeliveryError(
                    f"a bundle must have one bill for {digest}, got {name} as well."
                )
            found[digest] = bill
        return found

    @cached_property
    def _images(self) -> list[Manifest]:
        return self.registry.images(self.record.digest)

    @property
    def _digests(self) -> set[str]:
        """The digests that pipelines may name: the release's, and those of all its images."""
        return self.registry.members(self.record.digest)

    @cached_property
    def _wheel(self) -> bytes:
        """The published wheel, whose hash is the one in the bundle."""
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
    """Run every check, print its result, and return the failures."""
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
