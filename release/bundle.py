"""The bundle: the compiled pipelines of one version, and what image and wheel they belong to.

One archive with every YAML, the catalogue, an SBOM for each architecture, `release.json` that
names the image by its digest and the wheel by its hash, and `SHA256SUMS` over all of them.
"""

import hashlib
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from release.errors import ReleaseError

RECORD = "release.json"
SUMS = "SHA256SUMS"
_NAME = re.compile(r"^# Name: (.+)$", re.MULTILINE)  # KFP's own comment on top
_IMAGE = re.compile(r"""^\s*"?image"?:\s*['"]?([^\s'"]+)""", re.MULTILINE)


@dataclass(frozen=True)
class Record:
    """What belongs together.

    Attributes:
        version: The one version.
        image: REPOSITORY:VERSION@sha256:….
        wheel: The wheel's file name.
        wheel_sha256: Its hash, in hex.
    """

    version: str
    image: str
    wheel: str
    wheel_sha256: str

    @property
    def digest(self) -> str:
        """The image's digest."""
        return self.image.partition("@")[2]

    @property
    def repository(self) -> str:
        """The image's repository."""
        return self.image.partition("@")[0].rpartition(":")[0]


def image_references(pipelines: Mapping[str, bytes]) -> set[str]:
    """Return every image that the compiled pipelines name."""
    return {found for content in pipelines.values() for found in _IMAGE.findall(content.decode())}


def pipelines_in(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return those files that are compiled pipelines."""
    return {name: content for name, content in files.items() if name.endswith(".yaml")}


def check_names(pipelines: Mapping[str, bytes]) -> None:
    """Check that a server could tell the pipelines apart.

    Raises:
        ReleaseError: If two have one name.
    """
    files: dict[str, str] = {}
    for file, content in sorted(pipelines.items()):
        for name in _NAME.findall(content.decode()):
            if (other := files.setdefault(name, file)) != file:
                raise ReleaseError(
                    f"pipelines of a bundle must have different names, got {name!r} in {other} "
                    f"and in {file}. Give one another name in its @dsl.pipeline."
                )


def bills_in(files: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    """Return those files that are bills of materials: one for the image of each architecture."""
    return {
        name: json.loads(content) for name, content in files.items() if name.endswith(".cdx.json")
    }


def sums(files: Mapping[str, bytes]) -> bytes:
    """Return what sha256sum would print for the files."""
    lines = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)]
    return "".join(lines).encode()


def write_bundle(path: Path, record: Record, files: Mapping[str, bytes]) -> None:
    """Write the files, the record and the checksums; the same input gives the same bytes."""
    known = {**files, RECORD: (json.dumps(asdict(record), indent=2) + "\n").encode()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in sorted({**known, SUMS: sums(known)}.items()):
            entry = zipfile.ZipInfo(name)  # of 1980, whatever the clock says
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)


def read_bundle(path: Path) -> tuple[Record, dict[str, bytes]]:
    """Return the record and all files of a bundle.

    Raises:
        ReleaseError: If it is no bundle, or its checksums do not fit.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
    except (OSError, zipfile.BadZipFile) as error:
        raise ReleaseError(f"{path} must be a bundle, got {str(error)!r}. Pass --bundle.") from None
    if missing := {RECORD, SUMS} - files.keys():
        raise ReleaseError(f"{path} must hold {sorted(missing)}, got {sorted(files)}.")
    summed = sums({name: content for name, content in files.items() if name != SUMS})
    if summed != files[SUMS]:
        raise ReleaseError(f"{path} must fit its {SUMS}, got other content. Fetch it again.")
    return Record(**json.loads(files[RECORD])), files
