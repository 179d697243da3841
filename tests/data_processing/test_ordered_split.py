"""Tests of kfp_component_lib.data_processing.ordered_split, beside pandas."""

import datetime
import decimal
import itertools

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kfp_component_lib.data_processing import ordered_split
from kfp_component_lib.data_processing.splitting import split_table
from kfp_component_lib.errors import DataError
from kfp_component_lib.tables import blocks

_SIZES = st.sampled_from([[1.0], [0.5, 0.5], [0.8, 0.1, 0.1], [0.7, 0.0, 0.3], [1 / 3] * 3])
_NUMBERS = {
    pa.int8(): st.integers(-128, 127),
    pa.int64(): st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3),
    pa.uint64(): st.integers(0, 2**64 - 1) | st.integers(2**63 - 2, 2**63 + 2),
    pa.float64(): st.floats(allow_nan=False) | st.sampled_from([0.0, -0.0, 1.0]),
    pa.decimal128(18, 3): st.decimals(-(10**14), 10**14, places=3),
    pa.timestamp("us", "UTC"): st.datetimes(
        datetime.datetime(1900, 1, 1), datetime.datetime(2100, 1, 1)
    ),
    pa.date32(): st.dates(),
    pa.duration("ms"): st.timedeltas(datetime.timedelta(-9), datetime.timedelta(9)).map(
        lambda t: datetime.timedelta(seconds=int(t.total_seconds()))
    ),
}


def _split(folder, column, sizes):
    table = pa.table({"when": column, "row": range(len(column))})
    pq.write_table(table, folder / "in")
    outs = [folder / f"out{n}" for n in range(len(sizes))]
    split_table(folder / "in", outs, sizes, order_by="when")
    return [pq.read_table(out)["row"].to_pylist() for out in outs]


def _expected(values, sizes):
    """Sort with pandas, and move each border to the nearer end of the equal values around it."""
    ordered = pd.Series(values).sort_values(kind="stable")
    changes = [n for n in range(1, len(ordered)) if ordered.iloc[n - 1] != ordered.iloc[n]]
    ends = [0, *changes, len(ordered)]
    wanted = [round(share * len(ordered)) for share in np.cumsum(sizes)[:-1]]
    borders = [0, *(min(ends, key=lambda e, r=r: (abs(e - r), e)) for r in wanted), len(ordered)]
    wanted = np.diff([0, *wanted, len(ordered)])
    parts = [sorted(ordered.index[a:b]) for a, b in itertools.pairwise(borders)]
    return None if any(n and not part for n, part in zip(wanted, parts, strict=True)) else parts


@settings(
    max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    data=st.data(),
    kind=st.sampled_from(list(_NUMBERS)),
    sizes=_SIZES,
    block=st.integers(1, 30),
    bins=st.sampled_from([2, 3, 7, 1 << 16]),
)
def test_the_split_is_that_of_pandas(tmp_path_factory, monkeypatch, data, kind, sizes, block, bins):
    """The parts are the sorted rows cut at the sizes, whatever the type, blocks and bins."""
    monkeypatch.setattr(blocks, "BLOCK_ROWS", block)
    monkeypatch.setattr(ordered_split, "_BINS", bins)
    pool = data.draw(st.lists(_NUMBERS[kind], min_size=1, max_size=40))
    values = data.draw(st.lists(st.sampled_from(pool), min_size=1, max_size=40))
    expected = _expected(values, sizes)
    column, folder = pa.array(values, kind), tmp_path_factory.mktemp("ordered")
    if expected is None:
        with pytest.raises(DataError, match=r"split_dataset.order_by must leave a part its share"):
            _split(folder, column, sizes)
    else:
        assert _split(folder, column, sizes) == expected


def test_the_order_of_rows_does_not_matter(tmp_path):
    """Shuffled rows are in the same parts, by what they hold; the parts keep the rows' order."""
    values = np.random.default_rng(1).integers(0, 50, 500)
    rows = _split(tmp_path, pa.array(values), [0.7, 0.1, 0.2])
    assert all(part == sorted(part) for part in rows)
    parts = [set(values[part].tolist()) for part in rows]
    backwards = _split(tmp_path, pa.array(values[::-1]), [0.7, 0.1, 0.2])
    assert [set(values[::-1][part].tolist()) for part in backwards] == parts
    assert max(parts[0]) < min(parts[1]) <= max(parts[1]) < min(parts[2])


def test_more_values_than_bins_take_more_passes(tmp_path):
    """300,000 different times are cut at the exact row, in memory that does not grow with them."""
    times = np.random.default_rng(2).permutation(300_000) * 1_000_003
    sizes = [len(part) for part in _split(tmp_path, pa.array(times), [0.7, 0.1, 0.2])]
    assert sizes == [210_000, 30_000, 60_000]


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (pa.array([1, None, 2, None]), "got \"2 null or NaN values in 'when', the first in row 1"),
        (pa.array([1.0, 2.0, float("nan")]), "1 null or NaN values in 'when', the first in row 2"),
        (pa.nulls(2), "must name a column of numbers, dates or times, got 'when: null'"),
        (pa.array(["2024", "2025"]), "got 'when: string'. Choose another column, or load it"),
        (pa.array([True, False]), "must name a column of numbers, dates or times"),
        (pa.array([[1], [2]]), "must name a column of numbers, dates or times"),
        (
            pa.array([decimal.Decimal(1)], pa.decimal128(19, 0)),
            r"got 'when: decimal128\(19, 0\)'",
        ),
        (
            pa.array([7] * 9 + [8]),
            'must leave a part its share of the rows, got "none of 1 in part 2 of 3, 9 share',
        ),
    ],
)
def test_columns_without_an_order_are_refused(tmp_path, column, message):
    """The message names the column and what is wrong with it; no part is written."""
    with pytest.raises(DataError, match=f"split_dataset.order_by .*{message}"):
        _split(tmp_path, column, [0.6, 0.1, 0.3])
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_dictionaries_and_infinities_have_an_order(tmp_path):
    """A dictionary is split by its values, and infinity is larger than any number."""
    column = pa.array([3.5, float("inf"), -1.0, float("-inf")]).dictionary_encode()
    assert _split(tmp_path, column, [0.5, 0.5]) == [[2, 3], [0, 1]]


def test_an_empty_table_has_empty_parts(tmp_path):
    """Without rows there is nothing to order."""
    assert _split(tmp_path, pa.array([], pa.date32()), [0.7, 0.1, 0.2]) == [[], [], []]


@pytest.mark.parametrize("name", ["stratify_column", "key_column"])
def test_only_one_way_to_split_is_accepted(tmp_path, name):
    """The message names both columns."""
    pq.write_table(pa.table({"a": [1], "b": [2]}), tmp_path / "in")
    with pytest.raises(DataError, match=f"order_by must be empty if {name} is set, got .*'b', 'a'"):
        split_table(tmp_path / "in", [tmp_path / "out"], [1.0], order_by="a", **{name: "b"})
