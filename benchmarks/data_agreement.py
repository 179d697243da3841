"""Whether all ways of a component have the same results, so that nobody is measured doing less."""

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmarks.data_process import FIGURES, parts

# How much results may differ, relatively and absolutely: estimates, counts on the border of two bars,
# figures from bins, and statistics with and without a correction for small samples.
_TOLERANCES = {
    "distinct": (0.1, 0.0),
    "histogram": (1e-3, 5.0),
    "drift": (0.0, 1e-3),
    "kurtosis": (1e-4, 1e-3),
}
_TOLERANCE = (1e-4, 1e-5)


def results(folder: Path) -> dict[str, float]:
    """Return what a way has left in a folder: its figures, and what the footers of tables say."""
    found: dict[str, float] = {}
    if (folder / FIGURES).exists():
        found |= _flat("", json.loads((folder / FIGURES).read_text(encoding="utf-8")))
    if (folder / "out.parquet").exists():
        found |= _table(folder / "out.parquet")
    # Which rows are in which part is random.
    found |= {f"rows of {p.name}": pq.read_metadata(p).num_rows for p in _existing(parts(folder))}
    return found


def differences(found: Mapping[str, float], expected: Mapping[str, float]) -> list[str]:
    """Return how results differ from those expected, as texts; extra ones do not matter."""
    return [
        f"{name} is {found.get(name)} and not {value}"
        for name, value in expected.items()
        if name not in found or not _are_close(name, found[name], value)
    ]


def only_sizes(found: Mapping[str, float]) -> dict[str, float]:
    """Return the numbers of rows: all that ways with different models have in common."""
    return {name: value for name, value in found.items() if name.startswith("rows of ")}


def _existing(paths: list[Path]) -> Iterator[Path]:
    return (path for path in paths if path.exists())


def _flat(name: str, value: Any) -> dict[str, float]:
    """Return all numbers of nested objects and lists by their path."""
    if isinstance(value, (dict, list)):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        nested = [_flat(f"{name}/{key}", each) for key, each in pairs]
        return {path: number for each in nested for path, number in each.items()}
    return {name: float(value)}


def _table(path: Path) -> dict[str, float]:
    """Return the number of rows of a table, and the least and the largest value of each column."""
    footer = pq.read_metadata(path)
    found: dict[str, float] = {f"rows of {path.name}": footer.num_rows}
    groups = [footer.row_group(n) for n in range(footer.num_row_groups)]
    for place, name in enumerate(footer.schema.names):
        stated = [group.column(place).statistics for group in groups]
        if all(each is not None and each.has_min_max for each in stated):
            found[f"{name} min"] = float(min(each.min for each in stated))
            found[f"{name} max"] = float(max(each.max for each in stated))
    return found


def _are_close(name: str, one: float, other: float) -> bool:
    chosen = [tolerance for part, tolerance in _TOLERANCES.items() if part in name]
    relative, absolute = chosen[0] if chosen else _TOLERANCE
    return math.isclose(one, other, rel_tol=relative, abs_tol=absolute)
