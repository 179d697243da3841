"""Writes the bundle; `kfp_component_lib.verification.bundle` documents its content and reads it."""

import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from kfp_component_lib.verification.bundle import RECORD, SUMS, Files, Record, check_names, sums
from kfp_component_lib.verification.errors import DeliveryError
from kfp_component_lib.verification.pipelines import read_pipeline


def write_bundle(path: Path, record: Record, files: Files) -> None:
    """Write the files, the record and the checksums; the same input gives the same bytes."""
    known = {**files, RECORD: (json.dumps(asdict(record), indent=2) + "\n").encode()}
    check_names([*known, SUMS])
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in sorted({**known, SUMS: sums(known)}.items()):
            entry = zipfile.ZipInfo(name)  # dated 1980, whatever the time
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)


def check_pipeline_names(pipelines: Mapping[str, bytes]) -> None:
    """Check that a server can tell the pipelines apart.

    Raises:
        DeliveryError: If two of them have the same name.
    """
    files: dict[str, str] = {}
    for file, content in sorted(pipelines.items()):
        name = read_pipeline(file, content).name
        if (other := files.setdefault(name, file)) != file:
            raise DeliveryError(
                f"pipelines of a bundle must have different names, got {name!r} in {other} "
                f"and in {file}. Rename one of them in its @dsl.pipeline."
            )
