"""The bundle: the compiled pipelines of a version, and the record of its images and its wheel.

The bundle is one archive with every pipeline, the folder `manifests` with the same pipelines as
objects of Kubernetes, the catalogue, the changes of the version in `CHANGES.md`, a bill of
materials for each image, the source archive with `source.json`, which describes it as the Bazel
Central Registry does, the file `release.json`, which names the images by their common digest and the
wheel by its hash, and the file `SHA256SUMS` with the checksums of all of them. A reader trusts
nothing in it, neither names nor sizes.
"""

import hashlib
import json
import re
import stat
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from kfp_component_lib.verification.errors import DeliveryError

RECORD = "release.json"
SUMS = "SHA256SUMS"
CATALOG = "catalog.json"
BILL = ".cdx.json"
PIPELINE = ".yaml"
MANIFESTS = "manifests/"
NOTES = "CHANGES.md"
SOURCE = "source.json"
SOURCE_ARCHIVE = ".tar.gz"

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*(/[A-Za-z0-9_][A-Za-z0-9_.+-]*)?")
_FILES_LIMIT = 10_000
_FILE_LIMIT = 64 << 20  # bytes
_BUNDLE_LIMIT = 256 << 20  # bytes
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_SHA256 = re.compile(r"[0-9a-f]{64}")

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Record:
    """The parts that belong together.

    Attributes:
        version: The version of all parts.
        image: REPOSITORY:VERSION@sha256:…, for one image or an index of images.
        wheel: The wheel's file name.
        wheel_sha256: The hash of the wheel, in hex.
    """

    version: str
    image: str
    wheel: str
    wheel_sha256: str

    @property
    def digest(self) -> str:
        """The digest of the image, or of the index of images."""
        return self.image.partition("@")[2]

    @property
    def repository(self) -> str:
        """The repository of the images."""
        return self.image.partition("@")[0].rpartition(":")[0]


def pipelines_in(files: Files) -> dict[str, bytes]:
    """Return the files that are compiled pipelines."""
    return {n: c for n, c in files.items() if n.endswith(PIPELINE) and not n.startswith(MANIFESTS)}


def manifests_in(files: Files) -> dict[str, bytes]:
    """Return the files that are manifests for `kubectl apply`."""
    return {n: c for n, c in files.items() if n.endswith(PIPELINE) and n.startswith(MANIFESTS)}


def bills_in(files: Files) -> dict[str, dict[str, Any]]:
    """Return the files that are bills of materials, one for each image.

    Raises:
        DeliveryError: If one of them is not a JSON object.
    """
    return {name: _object(name, content) for name, content in files.items() if name.endswith(BILL)}


def strange_in(files: Files) -> list[str]:
    """Return the names of files that a release never puts into a bundle."""
    known = {RECORD, SUMS, CATALOG, NOTES, SOURCE}
    return sorted(name for name in files if name not in known and not _is_of_kind(name))


def notes_heading(version: str) -> str:
    """Return the first line of the notes about a version."""
    return f"# Changes in {version}"


def check_notes(files: Files, version: str) -> None:
    """Check that the notes are about the version.

    Raises:
        DeliveryError: If there are none, they are not text, or they are about another version.
    """
    try:
        heading = files.get(NOTES, b"").decode("utf-8").partition("\n")[0]
    except UnicodeDecodeError:
        heading = "text that is not UTF-8"
    if heading != notes_heading(version):
        raise DeliveryError(
            f"{NOTES} must begin with {notes_heading(version)!r}, got {heading!r}. The bundle is "
            "not complete."
        )


def sums(files: Files) -> bytes:
    """Return the output of sha256sum for the files."""
    lines = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)]
    return "".join(lines).encode()


def read_bundle(path: Path) -> tuple[Record, dict[str, bytes]]:
    """Return the record and the files of a bundle.

    Raises:
        DeliveryError: If it is not a bundle, has ambiguous names, exceeds the limits of a bundle,
            or does not match its checksums.
    """
    files = _read_archive(path)
    if missing := {RECORD, SUMS} - files.keys():
        raise DeliveryError(f"{path} must hold {sorted(missing)}, got {sorted(files)}.")
    if sums({name: content for name, content in files.items() if name != SUMS}) != files[SUMS]:
        raise DeliveryError(
            f"{path} must match its {SUMS}, but its content differs. Download it again."
        )
    return _record(files[RECORD]), files


def check_names(names: Iterable[str]) -> None:
    """Check that every program that unpacks the archive gets the same files.

    Raises:
        DeliveryError: If a name leads outside its folder, or two names differ only in case.
    """
    seen: dict[str, str] = {}
    for name in names:
        if not _NAME.fullmatch(name):
            raise DeliveryError(
                f"files of a bundle must have plain names, with at most one folder, got {name!r}."
            )
        if (other := seen.setdefault(name.casefold(), name)) != name:
            raise DeliveryError(
                "files of a bundle must have names that differ in more than case, got "
                f"{other!r} and {name!r}."
            )


def _is_of_kind(name: str) -> bool:
    """Return whether a name is that of a pipeline, a manifest, a bill or a source archive."""
    if name.startswith(MANIFESTS):
        return name.endswith(PIPELINE)
    return "/" not in name and name.endswith((PIPELINE, BILL, SOURCE_ARCHIVE))


def _read_archive(path: Path) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _check_entries(entries)
            return {entry.filename: _read_entry(archive, entry) for entry in entries}
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise DeliveryError(
            f"{path} must be a bundle, got {str(error)!r}. Pass --bundle."
        ) from None
    except (RuntimeError, UnicodeError, ValueError) as error:  # encrypted, or badly encoded
        raise DeliveryError(
            f"{path} must be a bundle, got {str(error)!r}. Pass --bundle."
        ) from None


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    # zipfile shortens a name at a NUL character; another program may not.
    check_names(entry.orig_filename for entry in entries)
    if len(set(names)) != len(names):
        twice = sorted(name for name in set(names) if names.count(name) > 1)
        raise DeliveryError(f"files of a bundle must occur once, got {twice} more than once.")
    for entry in entries:
        if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
            raise DeliveryError(
                f"entries of a bundle must be files, got a link or a folder: {entry.filename!r}."
            )
    if entries and min(entry.header_offset for entry in entries) > 0:
        raise DeliveryError(
            "a bundle must begin with its first file, but other content comes before it."
        )
    if len(entries) > _FILES_LIMIT:
        raise DeliveryError(
            f"a bundle must have at most {_FILES_LIMIT:,} files, got {len(entries):,}."
        )
    if (size := sum(entry.file_size for entry in entries)) > _BUNDLE_LIMIT:
        raise DeliveryError(
            f"a bundle must have at most {_BUNDLE_LIMIT:,} bytes unpacked, got {size:,}."
        )


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Return the content of a file; zipfile returns no more than the size stated in the entry."""
    if entry.file_size > _FILE_LIMIT:
        raise DeliveryError(
            f"{entry.filename} must have at most {_FILE_LIMIT:,} bytes, got {entry.file_size:,}."
        )
    with archive.open(entry) as file:
        return file.read(_FILE_LIMIT)


def _object(name: str, content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise DeliveryError(f"{name} must be a JSON object, got {content[:60]!r}.")
    return found


def _record(content: bytes) -> Record:
    found = _object(RECORD, content)
    names = [field.name for field in fields(Record)]
    if sorted(found) != sorted(names) or not all(isinstance(v, str) for v in found.values()):
        raise DeliveryError(f"{RECORD} must have the texts {sorted(names)}, got {found}.")
    record = Record(**found)
    well_formed = (
        _DIGEST.fullmatch(record.digest)
        and _SHA256.fullmatch(record.wheel_sha256)
        and record.image == f"{record.repository}:{record.version}@{record.digest}"
        and record.wheel.endswith(".whl")
        and "/" not in record.wheel
    )
    if not well_formed:
        raise DeliveryError(
            f"{RECORD} must name an image as REPOSITORY:VERSION@sha256:… and a wheel by its file "
            f"name and sha256, got {found}."
        )
    return record
