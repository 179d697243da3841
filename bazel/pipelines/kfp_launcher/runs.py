"""Lists and removes the runs that are stored in an output root."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kfp_launcher.records import RECORD

_SELECTIONS = ("all", "failed")


def find_runs(root: Path, pipeline: str) -> list[tuple[Path, dict[str, Any]]]:
    """Return the folders and records of the runs of a pipeline, oldest first."""
    found = [(file.parent, _record(file)) for file in root.glob(f"*/{RECORD}")]
    return sorted((f, r) for f, r in found if r.get("pipeline") == pipeline)


def list_runs(root: Path, pipeline: str) -> Iterator[str]:
    """Yield a line for each run, with its name, state, duration and size."""
    for folder, record in find_runs(root, pipeline):
        size = sum(
            p.stat().st_size for p in folder.rglob("*") if p.is_file() and not p.is_symlink()
        )
        seconds = f"{record['seconds']:.1f} s"
        yield f"{folder.name}  {record['state']:<11} {seconds:>9} {size / 1e6:9.1f} MB"


def remove_runs(root: Path, pipeline: str, which: str) -> list[str]:
    """Remove runs of a pipeline; return their names.

    Args:
        root: The output root.
        pipeline: Name of the pipeline.
        which: The name of a run, `failed` for all that did not succeed, or `all`.

    Raises:
        ValueError: If there is no such run.
    """
    runs = find_runs(root, pipeline)
    if which == "failed":
        runs = [(folder, record) for folder, record in runs if record["state"] != "succeeded"]
    elif which != "all":
        runs = [(folder, record) for folder, record in runs if folder.name == which]
        if not runs:
            raise ValueError(
                f"must be a run of {pipeline} in {root}, or one of {', '.join(_SELECTIONS)}, "
                f"got {which!r}"
            )
    for folder, _ in runs:
        shutil.rmtree(folder)
    return [folder.name for folder, _ in runs]


def _record(file: Path) -> dict[str, Any]:
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}
