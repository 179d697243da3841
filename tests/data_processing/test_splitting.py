"""Tests of kfp_component_lib.data_processing.splitting."""

import collections
import datetime
import decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kfp_component_lib.data_processing import splitting
from kfp_component_lib.data_processing.splitting import split_table
from kfp_component_lib.errors import DataError
from kfp_component_lib.tables import blocks

_SIZES = st.sampled_from([[1.0], [0.5, 0.5], [0.8, 0.1, 0.1], [0.7, 0.0, 0.3], [1 / 3] * 3])


def _split(folder, data, sizes, **options):
    pq.write_table(pa.table({**data, "row": range(len(next(iter(data.values()))))}), folder / "in")
    outs = [folder / f"out{n}" for n in range(len(sizes))]
    metadata = split_table(folder / "in", outs, sizes, **options)
    parts = [pq.read_table(out).to_pylist() for out in outs]
    assert [m["rows"] for m in metadata] == [len(part) for part in parts]
    return parts


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    classes=st.lists(st.sampled_from(["a", "b", None, "c"]), min_size=1, max_size=120),
    sizes=_SIZES,
    seed=st.integers(0, 2**32),
    block=st.integers(1, 50),
    options=st.sampled_from([{}, {"stratify_column": "class"}, {"key_column": "class"}]),
)
def test_parts_are_disjoint_and_complete(
    tmp_path_factory, monkeypatch, classes, sizes, seed, block, options
):
    """Every row is in one part; classes are divided to within one row; equal keys stay together."""
    monkeypatch.setattr(blocks, "BLOCK_ROWS", block)
    folder = tmp_path_factory.mktemp("split")
    parts = _split(folder, {"class": pa.array(classes, pa.string())}, sizes, seed=seed, **options)
    rows = sorted((row["row"], row["class"]) for part in parts for row in part)
    assert rows == list(enumerate(classes)) or [r for r, _ in rows] == list(range(len(classes)))
    assert [row for _, row in sorted(rows, key=lambda r: r[0])] == classes
    if "stratify_column" in options:
        for name, count in collections.Counter(classes).items():
            for part, size in zip(parts, sizes, strict=True):
                assert abs(sum(row["class"] == name for row in part) - count * size) < 1
    if "key_column" in options:
        homes = [{row["class"] for row in part} for part in parts]
        assert sum(len(home) for home in homes) == len(set().union(*homes))
    if not options:
        assert all(abs(len(p) - len(classes) * s) < 1 for p, s in zip(parts, sizes, strict=True))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    keys=st.lists(st.integers(-5, 2**62), min_size=2, max_size=60),
    cut=st.integers(1, 60),
    seed=st.integers(0, 99),
)
def test_appended_rows_move_no_other(tmp_path_factory, keys, cut, seed):
    """With a key, rows that are appended leave all earlier rows where they were."""
    options = {"key_column": "key", "seed": seed}
    before = _split(tmp_path_factory.mktemp("a"), {"key": keys[:cut]}, [0.6, 0.4], **options)
    after = _split(tmp_path_factory.mktemp("b"), {"key": keys}, [0.6, 0.4], **options)
    for old, new in zip(before, after, strict=True):
        assert new[: len(old)] == old


def test_sizes_are_met_over_many_keys(tmp_path):
    """20 000 keys fall into the parts within 4 standard deviations of the sizes."""
    parts = _split(tmp_path, {"key": np.arange(20_000)}, [0.7, 0.3], key_column="key", seed=3)
    assert abs(len(parts[0]) - 14_000) < 4 * np.sqrt(20_000 * 0.7 * 0.3)


_DAYS = [datetime.datetime(2020, 1, 1) + datetime.timedelta(days=n) for n in range(50)]
_KEYS = {
    "int32": pa.array(range(50), pa.int32()),
    "double": pa.array(map(float, range(50))),
    "decimal": pa.array(map(decimal.Decimal, range(50)), pa.decimal128(9, 2)),
    "microseconds": pa.array(_DAYS, pa.timestamp("us", "UTC")),
    "nanoseconds": pa.array(_DAYS, pa.timestamp("ns")),
    "days": pa.array(_DAYS, pa.date32()),
}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("int32", "double"),
        ("int32", "decimal"),
        ("microseconds", "nanoseconds"),
        ("days", "nanoseconds"),
    ],
)
def test_keys_are_split_by_what_they_mean(tmp_path, one, other):
    """Equal keys, and null, go to the same part whatever the width, scale or unit of their type."""
    rows = []
    for name in (one, other):
        (tmp_path / name).mkdir()
        keys = {"key": pa.concat_arrays([_KEYS[name], pa.nulls(1, _KEYS[name].type)])}
        parts = _split(tmp_path / name, keys, [0.5, 0.5], key_column="key", seed=5)
        rows.append([[row["row"] for row in part] for part in parts])
    assert rows[0] == rows[1]
    assert min(map(len, rows[0])) > 10


def test_every_row_is_equally_likely(tmp_path):
    """Over 300 seeds, each of 20 rows is in the first of two equal parts about 150 times."""
    hits = collections.Counter()
    for seed in range(300):
        hits.update(
            row["row"] for row in _split(tmp_path, {"x": [0] * 20}, [0.5, 0.5], seed=seed)[0]
        )
    assert all(abs(hits[row] - 150) < 5 * np.sqrt(300 / 4) for row in range(20))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sizes": [0.5, 0.6]}, r"sizes must add up to 1, got \[0.5, 0.6\]"),
        ({"sizes": [1.5, -0.5]}, "sizes must be at least 0"),
        ({"sizes": [1.0]}, "sizes must have 2 entries"),
        ({"sizes": [float("nan"), 1.0]}, "sizes must be at least 0"),
        (
            {"stratify_column": "no"},
            "split_dataset.stratify_column must name a column that occurs once, got 'no'",
        ),
        (
            {"key_column": "no"},
            "split_dataset.key_column must name a column that occurs once, got 'no'",
        ),
        ({"key_column": "x", "stratify_column": "x"}, "key_column must be empty"),
        ({"key_column": "list"}, "key_column must name a column without nested values, got 'list"),
        ({"stratify_column": "list"}, "stratify_column must name a column without nested values"),
        ({"seed": -1}, "seed must be between 0 and"),
    ],
)
def test_wrong_arguments_are_refused(tmp_path, options, message):
    """The message says what is wrong, and no part is written."""
    pq.write_table(pa.table({"x": [1, 2], "list": [[1], [2]]}), tmp_path / "in")
    arguments = {"sizes": [0.5, 0.5], **options}
    with pytest.raises(DataError, match=message):
        split_table(tmp_path / "in", [tmp_path / "a", tmp_path / "b"], **arguments)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize("rows_per_class", [1, 3, 5, 7])
def test_rounding_evens_out_over_classes(tmp_path, rows_per_class):
    """With many small classes, parts have the stated sizes, and missing classes are counted."""
    classes = np.repeat(np.arange(100), rows_per_class)
    parts = _split(tmp_path, {"class": classes}, [0.8, 0.1, 0.1], stratify_column="class")
    wanted = [100 * rows_per_class * size for size in (0.8, 0.1, 0.1)]
    assert [len(part) for part in parts] == pytest.approx(wanted, abs=1)
    outs = [tmp_path / name for name in "abc"]
    stated = split_table(tmp_path / "in", outs, [0.8, 0.1, 0.1], stratify_column="class")
    for part, metadata in zip(parts, stated, strict=True):
        found = len({row["class"] for row in part})
        assert (metadata["classes"], metadata["missing_classes"]) == (found, 100 - found)


def test_ties_favour_no_part(tmp_path):
    """A single row goes to either of two equal parts, depending on the seed."""
    firsts = [len(_split(tmp_path, {"x": [7]}, [0.5, 0.5], seed=seed)[0]) for seed in range(60)]
    assert 15 < sum(firsts) < 45


def test_an_empty_table_has_empty_parts(tmp_path):
    """The parts of a table without rows are empty, with the columns of the table."""
    empty = pa.table({"x": pa.array([], pa.int64())})
    pq.write_table(empty, tmp_path / "in")
    split_table(tmp_path / "in", [tmp_path / "a", tmp_path / "b"], [0.5, 0.5], seed=1)
    assert pq.read_table(tmp_path / "a").equals(empty)


def test_more_rows_than_can_be_drawn_are_refused(tmp_path, monkeypatch):
    """Too many rows are refused before a part is written; with a key there is no limit."""
    monkeypatch.setattr(splitting, "_MOST_OF_A_CLASS", 4)
    pq.write_table(pa.table({"a": [1, 2, 3, 4]}), tmp_path / "data")
    outs = [tmp_path / "train", tmp_path / "test"]
    with pytest.raises(DataError, match=r"fewer than 4 rows.*got 4\. Name a key_column"):
        split_table(tmp_path / "data", outs, [0.5, 0.5])
    assert not any(out.exists() for out in outs)
    split_table(tmp_path / "data", outs, [0.5, 0.5], stratify_column="a")
    split_table(tmp_path / "data", outs, [0.5, 0.5], key_column="a")
