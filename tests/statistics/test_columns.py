"""Tests of kfp_component_lib.statistics.columns against pandas."""

import datetime
import decimal
import itertools
import json
import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kfp_component_lib.statistics import columns as column_statistics
from kfp_component_lib.statistics.columns import COUNTS, QUANTILES, profile_rows
from kfp_component_lib.tables import blocks
from kfp_component_lib.tables.reading import open_table

_UTC = datetime.UTC
_TIMES = [datetime.datetime(2020, 1, 1, tzinfo=_UTC), datetime.datetime(1969, 1, 1, tzinfo=_UTC)]
_COLUMNS = {
    "all null": pa.array([None, None, None], pa.float64()),
    "null type": pa.nulls(3),
    "one value": pa.array([7.5] * 3),
    "infinite": pa.array([math.inf, -math.inf, 1.0, math.nan, None]),
    "big integers": pa.array([2**62 + 1, 2**62 + 3, 2**53 + 1, -(2**63), None]),
    "unsigned": pa.array([2**64 - 1, 0, 5], pa.uint64()),
    "decimals": pa.array([decimal.Decimal("1.10"), None, decimal.Decimal("-3.25")]),
    "times": pa.array([*_TIMES, None, _TIMES[0]], pa.timestamp("us", "Europe/Berlin")),
    "dates": pa.array([datetime.date(2020, 2, 29), None]),
    "dictionary": pa.array(["a", None, "b", "a"]).dictionary_encode(),
    "booleans": pa.array([True, None, False, True]),
    "empty": pa.array([], pa.float64()),
    "empty text": pa.array([], pa.string()),
    "unicode": pa.array(["ä", "\U0001d4b3", "", "a\u0301", "ä"]),
    "binary": pa.array([b"\xff\x00", b"", None]),
    "lists": pa.array([[1], None, []]),
    "negative zero": pa.array([0.0, -0.0]),
    "tiny": pa.array([5e-324, 1.7e308, -1.7e308]),
}


def _profile(folder, column):
    pq.write_table(pa.table({"c": column}), folder / "data")
    return profile_rows(open_table(folder / "data")).columns[0].summary()


@pytest.mark.parametrize("name", _COLUMNS)
def test_counts_are_those_of_pandas(tmp_path, name):
    """Rows, nulls and distinct values of adversarial columns agree with pandas."""
    column = _COLUMNS[name]
    summary = _profile(tmp_path, column)
    values = pd.Series(column.to_pylist(), dtype=object)
    valid = values[[value is not None and value == value for value in values]]
    assert summary["rows"] == len(values)
    assert summary["nulls"] == sum(value is None for value in values)
    assert summary["nans"] == len(values) - len(valid) - summary["nulls"]
    if summary["kind"] != "other":
        assert summary["distinct"] == valid.nunique()
        assert summary["distinct_is_exact"]


@pytest.mark.parametrize("name", _COLUMNS)
def test_a_summary_is_finite_json(tmp_path, name):
    """No statistic is NaN or infinite, whatever the column contains."""
    assert json.loads(json.dumps(_profile(tmp_path, _COLUMNS[name]), allow_nan=False))


def test_whole_numbers_keep_every_digit(tmp_path):
    """The smallest and largest integers are exact beyond 2^53."""
    quantiles = _profile(tmp_path, _COLUMNS["big integers"])["quantiles"]
    assert (quantiles["0.0"], quantiles["1.0"]) == (-(2**63), 2**62 + 3)


def test_infinite_values_are_counted_apart(tmp_path):
    """Moments and quantiles are those of the finite values."""
    summary = _profile(tmp_path, _COLUMNS["infinite"])
    assert (summary["infinite"], summary["nans"], summary["mean"]) == (2, 1, 1.0)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=1, max_size=300),
    st.integers(1, 100),
)
def test_statistics_are_those_of_pandas(tmp_path_factory, monkeypatch, values, block):
    """Moments and quantiles of any block size agree with pandas to a relative error of 1e-9."""
    monkeypatch.setattr(blocks, "BLOCK_ROWS", block)
    summary = _profile(tmp_path_factory.mktemp("data"), pa.array(values, pa.float64()))
    series = pd.Series(values, dtype="float64").dropna()
    if not len(series):
        assert summary["mean"] is None
        return
    scale = max(series.abs().max(), 1e-300)
    assert summary["mean"] == pytest.approx(series.mean(), abs=1e-12 * scale)
    if len(series) > 1:
        assert summary["std"] == pytest.approx(series.std(), rel=1e-9, abs=1e-9 * scale)
    wanted = series.quantile(QUANTILES).tolist()
    assert list(summary["quantiles"].values()) == pytest.approx(
        wanted, rel=1e-12, abs=1e-12 * scale
    )
    assert summary["quantile_error"] == 0


def test_many_values_are_described_within_the_stated_error(tmp_path):
    """Beyond 8192 values the error of quantiles is at most quantile_error."""
    values = np.random.default_rng(1).lognormal(3, 2, 200_000)
    summary = _profile(tmp_path, pa.array(values))
    exact = np.quantile(values, QUANTILES)
    errors = np.abs(np.array(list(summary["quantiles"].values())) - exact)
    assert 0 < summary["quantile_error"] < 0.01 * values.max()
    assert np.all(errors <= summary["quantile_error"])
    assert np.all(errors <= 0.01 * exact)
    assert errors[0] == errors[-1] == 0
    assert summary["mean"] == pytest.approx(values.mean(), rel=1e-12)
    assert summary["skewness"] == pytest.approx(pd.Series(values).skew(), rel=1e-4)
    assert summary["distinct"] == pytest.approx(200_000, rel=4 * 0.016)
    assert not summary["distinct_is_exact"]


def test_offsets_cost_no_digits(tmp_path):
    """Bins adapt: values that differ only in the tenth digit are distinguished."""
    values = 1e9 + np.random.default_rng(1).standard_normal(100_000)
    summary = _profile(tmp_path, pa.array(values))
    assert summary["quantile_error"] < 0.002
    assert summary["std"] == pytest.approx(values.std(ddof=1), rel=1e-6)


@pytest.mark.parametrize(("length", "shown"), [(80, "x" * 80), (81, "x" * 80 + "…")])
def test_long_texts_are_cut(tmp_path, length, shown):
    """A text of 80 characters is kept, and a longer one is cut and ends with an ellipsis."""
    assert _profile(tmp_path, pa.array(["x" * length]))["top"] == [(shown, 1)]


def test_a_quantile_of_times_is_the_nearest_time(tmp_path):
    """Between the ticks 0 and 1, the quantile 0.75 is 1 and the quantile 0.25 is 0."""
    pq.write_table(pa.table({"t": pa.array([0, 1], pa.timestamp("ms"))}), tmp_path / "data")
    (column,) = profile_rows(open_table(tmp_path / "data")).columns
    assert (column.quantile(0.25), column.quantile(0.75)) == (0, 1)


def test_top_values_are_counted(tmp_path):
    """The most frequent values come first; ties are ordered by text."""
    summary = _profile(tmp_path, pa.array(["b", "a", "c", "c", None]))
    assert summary["top"] == [("c", 2), ("a", 1), ("b", 1)]


@pytest.mark.parametrize("shards", [1, 2, 3, 7])
def test_shards_give_the_same_statistics(tmp_path, monkeypatch, shards):
    """Profiles of shards merge to exactly the profile of the whole, bit for bit."""
    monkeypatch.setattr(blocks, "BLOCK_ROWS", 1000)
    rng = np.random.default_rng(5)
    texts = pa.array([f"v{n}" for n in rng.integers(0, 6000, 25_500)])
    pq.write_table(pa.table({"x": rng.standard_normal(25_500), "t": texts}), tmp_path / "data")
    table = open_table(tmp_path / "data")
    whole = profile_rows(table)
    borders = [round(25 * n / shards) * 1000 for n in range(shards)] + [25_500]
    merged = profile_rows(table, borders[0], borders[1])
    for start, stop in itertools.pairwise(borders[1:]):
        merged.merge(profile_rows(table, start, stop))
    assert [c.summary() for c in merged.columns] == [c.summary() for c in whole.columns]


def test_names_may_repeat_and_columns_may_be_missing(tmp_path):
    """Two columns with one name are two columns; a table without columns has only rows."""
    pq.write_table(
        pa.Table.from_arrays([pa.array([1]), pa.array(["x"])], ["a", "a"]), tmp_path / "d"
    )
    columns = profile_rows(open_table(tmp_path / "d")).columns
    assert [(c.name, c.kind) for c in columns] == [("a", "number"), ("a", "category")]
    pq.write_table(pa.table({}), tmp_path / "none")
    assert profile_rows(open_table(tmp_path / "none")).columns == []


@pytest.mark.parametrize("names", [list("abcde"), list("abcda")], ids=["different", "repeated"])
def test_wide_tables_are_read_in_groups_of_columns(tmp_path, monkeypatch, names):
    """The profile does not depend on how many columns are read at once, nor on their names."""
    monkeypatch.setattr(blocks, "BLOCK_ROWS", 3)
    rows = [pa.array(np.arange(8) * n) for n in range(len(names))]
    pq.write_table(pa.Table.from_arrays(rows, names), tmp_path / "data")
    whole = profile_rows(open_table(tmp_path / "data"), 1, 7)
    monkeypatch.setattr(column_statistics, "_COLUMNS_AT_ONCE", 2)
    found = profile_rows(open_table(tmp_path / "data"), 1, 7)
    assert found.rows == 6
    assert [c.name for c in found.columns] == names
    assert [c.summary() for c in found.columns] == [c.summary() for c in whole.columns]


def test_bins_alone_are_those_of_the_whole_profile(tmp_path):
    """Without moments and different values, counts and bins are the same; texts keep theirs."""
    names = ["infinite", "big integers", "times", "dictionary"]
    pq.write_table(
        pa.table({name: pa.array([*_COLUMNS[name].to_pylist(), None][:4]) for name in names}),
        tmp_path / "data",
    )
    whole, bins = (
        profile_rows(open_table(tmp_path / "data"), only_bins=only).columns
        for only in (False, True)
    )
    for one, other in zip(whole, bins, strict=True):
        assert [getattr(one, n) for n in COUNTS] == [getattr(other, n) for n in COUNTS]
        assert one.bins.counts.tolist() == other.bins.counts.tolist()
        assert one.bins.prefixes.tolist() == other.bins.prefixes.tolist()
    assert [len(column.moments) for column in bins] == [0, 0, 0, 0]
    assert [len(column.distinct.hashes) for column in bins] == [0, 0, 0, 2]
