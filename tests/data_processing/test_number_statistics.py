"""Tests of kfp_component_lib.data_processing.number_statistics."""

import decimal

import numpy as np
import pyarrow as pa
import pytest

from kfp_component_lib.data_processing.number_statistics import NumberStatistics
from kfp_component_lib.statistics.columns import ColumnProfile


def _decimals(values):
    return pa.array([None if v is None else decimal.Decimal(str(v)) for v in values])


_COLUMNS = {
    "float64": pa.array([1.5, None, float("nan"), -0.25, 1e-300, 3.0] * 50),
    "one value": pa.array([-0.0]),
    "negative zero last": pa.array([-1.0, -0.0]),
    "infinite": pa.array([1.0, float("inf"), float("-inf"), 2.0]),
    "huge": pa.array([1e308, -1e308, 1e200]),
    "many": pa.array(np.random.default_rng(0).standard_normal(20_000)),
    "int64": pa.array([2**62 + 1, 2**62 + 3, None, 5]),
    "uint64": pa.array([2**63, 1, 7], pa.uint64()),
    "int8": pa.array([-128, 127, 3, 3], pa.int8()),
    "decimal": _decimals([1.25, None, -7.5, 2.0]),
    "dictionary": pa.array([4, 4, None, 9, 1]).dictionary_encode(),
    "null only": pa.array([None, None], pa.float64()),
}


@pytest.mark.parametrize("name", _COLUMNS)
@pytest.mark.parametrize("blocks", [1, 40])
def test_they_are_those_of_a_profile_to_the_last_bit(name, blocks):
    """Mean, variance, range, median and infinities are exactly those of the full profile."""
    column = _COLUMNS[name]
    lean, full = NumberStatistics("x", column.type, True), ColumnProfile("x", column.type, "number")
    block = max(len(column) // blocks, 1)
    for start in range(0, len(column), block):
        lean.add(column.slice(start, block))
        full.add(column.slice(start, block))
    wanted, found = full.moment.spread, lean.spread
    assert lean.infinite == full.infinite
    assert repr((found.count, found.mean, found.m2)) == repr((wanted.count, wanted.mean, wanted.m2))
    if found.count:
        ends = (full.quantile(0.0), full.quantile(1.0), full.quantile(0.5))
        assert repr((lean.low, lean.high, lean.median)) == repr(tuple(map(float, ends)))


def test_without_values_there_is_no_median():
    """A column without rows has no median, and its count is 0."""
    empty = NumberStatistics("x", pa.float64(), ranked=True)
    assert (empty.median, empty.spread.count) == (None, 0)
