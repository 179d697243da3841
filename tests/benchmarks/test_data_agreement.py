"""Ways that compute something else are found."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.data_agreement import differences, only_sizes, results
from benchmarks.data_process import FIGURES

_FIGURES = {"y": {"mean": 2.0, "distinct": 100, "histogram": [10, 20]}}


def left(folder: Path, figures: object, values: list[float]) -> dict[str, float]:
    (folder / FIGURES).write_text(json.dumps(figures), encoding="utf-8")
    pq.write_table(pa.table({"y": values}), folder / "out.parquet", row_group_size=1)
    pq.write_table(pa.table({"y": values}), folder / "part0.parquet")
    return results(folder)


def test_results_are_figures_and_what_footers_say(tmp_path: Path):
    """Nested figures have paths, and the least value of a table is that of any row group."""
    assert left(tmp_path, _FIGURES, [3.0, 1.0, 2.0]) == {
        "/y/mean": 2,
        "/y/distinct": 100,
        "/y/histogram/0": 10,
        "/y/histogram/1": 20,
        "rows of out.parquet": 3,
        "y min": 1,
        "y max": 3,
        "rows of part0.parquet": 3,
    }


@pytest.mark.parametrize(
    ("name", "value", "differs"),
    [
        ("/y/mean", 2.0001, False),
        ("/y/mean", 2.01, True),
        ("/y/distinct", 108, False),
        ("/y/distinct", 112, True),
        ("/y/histogram/0", 14, False),
        ("/y/histogram/0", 16, True),
        ("rows of out.parquet", 4, True),
        ("y max", 3.1, True),
        ("/more", 1, False),
    ],
)
def test_what_differs_is_named(tmp_path: Path, name: str, value: float, differs: bool):
    """Estimates and counts on borders may differ a little, and nothing else."""
    expected = left(tmp_path, _FIGURES, [3.0, 1.0, 2.0])
    found = differences(expected | {name: value}, expected)
    assert found == ([f"{name} is {value} and not {expected[name]}"] if differs else [])


def test_what_is_missing_differs(tmp_path: Path):
    """A way that computes less is found."""
    expected = left(tmp_path, _FIGURES, [1.0])
    assert differences({}, only_sizes(expected)) == [
        "rows of out.parquet is None and not 1",
        "rows of part0.parquet is None and not 1",
    ]
