"""Shows that wheel, image and compiled pipelines of a version belong together.

It reads what everybody reads: the registry, the package index and the bundle. It needs nothing
but the standard library, and cosign where signatures are asked for.
"""

import functools
import hashlib
import io
import json
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from release.bundle import Record, bills_in, image_references, pipelines_in
from release.errors import ReleaseError
from release.index import Index
from release.registry import Registry

_VERSION_LABEL = "org.opencontainers.image.version"


@dataclass(frozen=True)
class Verification:
    """What is compared.

    Attributes:
        version: The version that was asked for.
        record: What the bundle says.
        files: The bundle's files.
        registry: The image's repository.
        index: The package index.
        signature: Options of `cosign verify`, such as --key; empty: signatures are not asked for.
    """

    version: str
    record: Record
    files: dict[str, bytes]
    registry: Registry
    index: Index
    signature: Sequence[str] = ()
    # What was found in each layer: images share most of them.
    _layers: dict[str, list[tuple[str, bytes]]] = field(default_factory=dict, repr=False)

    def checks(self) -> list[Callable[[], str]]:
        """Return the checks; each says what it saw, or raises ReleaseError."""
        return [
            self.bundle_is_of_version,
            self.pipelines_name_image,
            self.registry_shows_image,
            self.index_shows_wheel,
            self.image_holds_wheel,
            self.bills_list_wheel,
            *([self.image_is_signed] if self.signature else []),
        ]

    def bundle_is_of_version(self) -> str:
        """The bundle is that of the version."""
        _equal("version of the bundle", self.version, self.record.version)
        return f"bundle: {len(self.files)} files fit their checksums"

    def pipelines_name_image(self) -> str:
        """Every pipeline that names the repository names images of this very index."""
        named = image_references(pipelines_in(self.files))
        repository, tagged = self.record.repository, self.record.image.partition("@")[0]
        ours = {name for name in named if name.startswith((repository + ":", repository + "@"))}
        known = {f"{tagged}@{digest}" for digest in self._members}
        _equal("images that the pipelines name and the index lacks", set(), ours - known)
        _equal("whether the pipelines name images of the index", True, bool(ours))
        return f"pipelines: {len(pipelines_in(self.files))} name images of {self.record.image}"

    def registry_shows_image(self) -> str:
        """The version tag has the bundle's digest, and each image says it is of the version."""
        found = self.registry.manifest(self.version)
        tagged = f"{self.registry.repository}:{self.version}"
        if found is None:
            raise ReleaseError(f"{tagged} must be published, got nothing. Was it released?")
        _equal(f"digest of {tagged}", self.record.digest, found[0])
        configs = [
            json.loads(self.registry.blob(manifest["config"]["digest"]))
            for manifest in self._images.values()
        ]
        for config in configs:
            labels = config.get("config", {}).get("Labels") or {}
            _equal(f"label {_VERSION_LABEL}", self.version, labels.get(_VERSION_LABEL))
        architectures = " and ".join(config["architecture"] for config in configs)
        return f"registry: {tagged} is {found[0]}, for {architectures}"

    def index_shows_wheel(self) -> str:
        """The index holds the bundle's wheel."""
        _equal("sha256 of the published wheel", self.record.wheel_sha256, _hash(self._wheel()))
        return f"index: {self.record.wheel} has sha256 {self.record.wheel_sha256}"

    def image_holds_wheel(self) -> str:
        """Each image has files of the published wheel alone, and the whole library's has all."""
        with zipfile.ZipFile(io.BytesIO(self._wheel())) as archive:
            names = [name for name in archive.namelist() if not name.endswith("/RECORD")]
            wanted = {name: archive.read(name) for name in names}
        whole = 0
        for digest, manifest in self._images.items():
            found = self._in_image(manifest, wanted)
            wrong = sorted(name for name in found if found[name] != wanted[name])
            _equal(f"files of the wheel that image {digest} changes", [], wrong)
            _equal(f"whether image {digest} has files of the wheel", True, bool(found))
            whole += found.keys() == wanted.keys()
        _equal("whether an image has the whole wheel", True, bool(whole))
        return f"images: {len(self._images)}, {whole} with all {len(wanted)} files of the wheel"

    def bills_list_wheel(self) -> str:
        """Each image has its bill of materials in the bundle, which lists the wheel by its hash."""
        bills = bills_in(self.files).values()
        subjects = {_sha256(bill["metadata"]["component"]) for bill in bills}
        wanted = {digest.removeprefix("sha256:") for digest in self._images}
        _equal("images that the bundle has bills of materials of", wanted, subjects)
        for bill in bills:
            listed = {_sha256(component) for component in bill["components"]}
            _equal("whether its bill lists the wheel", True, self.record.wheel_sha256 in listed)
        return f"bills of materials: {len(bills)}, each lists the wheel"

    def image_is_signed(self) -> str:
        """Cosign accepts the image's signature."""
        cosign = shutil.which("cosign")
        if not cosign:
            raise ReleaseError("cosign must be installed to check a signature, got none on PATH.")
        pinned = f"{self.registry.repository}@{self.record.digest}"
        command = [cosign, "verify", *self.signature, pinned]
        done = subprocess.run(command, capture_output=True, check=False, text=True)
        if done.returncode:
            raise ReleaseError(f"{pinned} must be signed, got {done.stderr.strip()!r}.")
        return f"signature: cosign accepts {pinned}"

    @functools.cached_property
    def _images(self) -> dict[str, dict[str, Any]]:
        """The image of each architecture, by its digest."""
        found = self.registry.images(self.record.digest)
        if not found:
            raise ReleaseError(
                f"{self.registry.repository}@{self.record.digest} must be published, got nothing. "
                "Was it released?"
            )
        return found

    @functools.cached_property
    def _members(self) -> set[str]:
        """The digests of the index, and of all indexes and images in it."""
        found = self.registry.manifest(self.record.digest)
        entries = found[1].get("manifests", []) if found else []
        return {self.record.digest, *self._images, *(entry["digest"] for entry in entries)}

    def _wheel(self) -> bytes:
        project = self.record.wheel.partition("-")[0]
        content = self.index.download(project, self.record.wheel)
        if content is None:
            raise ReleaseError(
                f"{self.record.wheel} must be published at {self.index.url}, got nothing. "
                "Pass the --index-url it was released to."
            )
        return content

    def _in_image(self, manifest: dict[str, Any], wanted: dict[str, bytes]) -> dict[str, bytes]:
        """Look for the files from the topmost layer down, as a container would see them."""
        found: dict[str, bytes] = {}
        for layer in reversed(manifest["layers"]):
            if found.keys() == wanted.keys():
                break
            if layer["digest"] not in self._layers:
                blob = self.registry.blob(layer["digest"])
                self._layers[layer["digest"]] = _installed(blob, wanted)
            for name, content in self._layers[layer["digest"]]:
                found.setdefault(name, content)
        return found


def _installed(layer: bytes, wanted: dict[str, bytes]) -> list[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
        inside = [(m, m.name.partition("site-packages/")[2]) for m in archive if m.isfile()]
        return [
            (name, archive.extractfile(member).read())  # type: ignore[union-attr]
            for member, name in inside
            if name in wanted
        ]


def _sha256(component: dict[str, Any]) -> str | None:
    """Return the hash that a bill of materials gives of a component."""
    known = {entry["alg"]: entry["content"] for entry in component.get("hashes", [])}
    return known.get("SHA-256")


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _equal(what: str, wanted: object, got: object) -> None:
    if wanted != got:
        raise ReleaseError(f"{what} must be {wanted!r}, got {got!r}. They do not belong together.")


def failures(verification: Verification) -> list[str]:
    """Run every check, print what each saw, and return what failed."""
    failed = []
    for check in verification.checks():
        try:
            print("ok     ", check())
        except ReleaseError as error:
            failed.append(str(error))
            print("FAILED ", error)
    return failed
