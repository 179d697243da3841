"""Tests of kfp_component_lib.statistics.hashing: a value is what it means."""

import datetime
import itertools
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfp_component_lib.statistics.hashing import hash_values

_INSTANTS = [
    datetime.datetime(2020, 1, 1),
    datetime.datetime(1969, 12, 31),
    datetime.datetime(9999, 12, 31),
    None,
]
_SMALL = [0, 1, 127, None]
_HIGH = [2**63, 2**63 + 1, 2**64 - 1, 2**63 - 1]
_SAME = {
    "whole numbers": [
        *(pa.array(_SMALL, kind) for kind in (pa.int8(), pa.uint16(), pa.int64(), pa.uint64())),
        *(pa.array(_SMALL, kind) for kind in (pa.float16(), pa.float32(), pa.float64())),
        pa.array([None if n is None else Decimal(n) for n in _SMALL], pa.decimal128(20, 4)),
        pa.array(_SMALL).dictionary_encode(),
    ],
    "whole numbers beyond int64": [
        pa.array(_HIGH, pa.uint64()),
        pa.array(list(map(Decimal, _HIGH)), pa.decimal128(25)),
        pa.array(list(map(Decimal, _HIGH)), pa.decimal256(40, 3)),
    ],
    "powers of two": [
        pa.array([2.0**63, 2.0**52, -0.0]),
        pa.array([2**63, 2**52, 0], pa.uint64()),
        pa.array([Decimal(2**63), Decimal(2**52), Decimal(0)], pa.decimal128(20)),
    ],
    "fractions": [
        pa.array([1.5, -0.1]),
        pa.array([Decimal("1.5"), Decimal("-0.1")], pa.decimal128(5, 1)),
        pa.array([Decimal("1.5"), Decimal("-0.1")], pa.decimal256(60, 40)),
    ],
    "more digits than doubles have": [
        pa.array([Decimal("12345678901234567890123.4567890123456")], pa.decimal128(38, 13)),
        pa.array([Decimal("12345678901234567890123.4567890123456")], pa.decimal256(60, 20)),
    ],
    "instants": [
        *(
            pa.array(_INSTANTS, pa.timestamp(unit, zone))
            for unit, zone in itertools.product(("s", "ms", "us"), (None, "Europe/Berlin"))
        ),
        pa.array(_INSTANTS, pa.date32()),
        pa.array(_INSTANTS, pa.date64()),
    ],
    "times of day": [
        pa.array([datetime.time(1, 2, 3)], kind)
        for kind in (pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns"))
    ],
    "durations": [
        pa.array([datetime.timedelta(seconds=-3)], pa.duration(u)) for u in ("s", "ms", "us", "ns")
    ],
    "texts": [
        pa.array(["ä", ""]),
        pa.array(["ä", ""], pa.large_string()),
        pa.array(["ä", ""], pa.string_view()),
        pa.array(["ä".encode(), b""]),
        pa.array(["ä", ""]).dictionary_encode(),
    ],
    "bytes": [pa.array([b"\xff\x00"]), pa.array([b"\xff\x00"], pa.binary(2))],
}


@pytest.mark.parametrize("meaning", _SAME)
def test_a_hash_does_not_depend_on_how_a_value_is_stored(meaning):
    """The same values in any width, unit, scale and encoding have the same hashes."""
    first, *others = (hash_values(column, seed=3) for column in _SAME[meaning])
    for other in others:
        np.testing.assert_array_equal(other, first)
    assert len(set(first.tolist())) == len(first)


@given(
    st.lists(st.integers(-(2**50), 2**50), min_size=1),
    st.sampled_from(list(itertools.pairwise(["s", "ms", "us", "ns"]))),
)
def test_times_of_a_finer_unit_are_the_same_times(ticks, units):
    """Instants before and after 1970 hash alike in a unit and in one a thousand times finer."""
    coarse, fine = units
    first = hash_values(pa.array(ticks, pa.timestamp(coarse)))
    again = hash_values(pa.array([tick * 1000 for tick in ticks], pa.timestamp(fine)))
    np.testing.assert_array_equal(first, again)
    assert len(set(first.tolist())) == len(set(ticks))


@given(st.lists(st.floats(allow_nan=False), min_size=1, unique=True))
def test_different_doubles_have_different_hashes(values):
    """Whole numbers take the bits of integers, and collide with no other double of a list."""
    assert len(set(hash_values(pa.array(values, pa.float64())).tolist())) == len({*values})


def test_values_that_mean_something_else_differ():
    """NaN, null, infinities, fractions and numbers that no integer holds are all different."""
    column = pa.array(
        [None, float("nan"), float("inf"), -float("inf"), 0.5, 1.5, -(2.0**64), 2.0**70]
    )
    assert len(set(hash_values(column).tolist())) == len(column)
