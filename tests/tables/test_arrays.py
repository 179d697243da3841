"""Tests of kfp_component_lib.tables.arrays against pyarrow."""

import datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kfp_component_lib.tables.arrays import (
    column_kind,
    decoded,
    is_whole,
    numbers,
    ticks,
    to_arrow,
    to_numpy,
    value_text,
    whole_numbers,
)

_KINDS = [pa.float64(), pa.float32(), pa.int64(), pa.int32(), pa.uint64(), pa.uint8()]


@pytest.mark.parametrize("kind", _KINDS, ids=str)
@settings(deadline=None)
@given(
    values=st.lists(st.one_of(st.none(), st.integers(0, 200)), max_size=40),
    start=st.integers(0, 40),
    length=st.integers(0, 40),
)
def test_values_in_numpy_are_those_of_pyarrow(kind, values, start, length):
    """Wherever a column begins in its buffers; nulls become what is asked for."""
    column = pa.array(values, kind).slice(min(start, len(values)), length)
    found = to_numpy(column, 7)
    wanted = column.fill_null(7).to_numpy(zero_copy_only=False)
    assert found.dtype == wanted.dtype
    assert found.tolist() == wanted.tolist()
    assert to_arrow(found).equals(column.fill_null(7))
    with_nan = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    np.testing.assert_array_equal(numbers(column), with_nan)


def test_a_buffer_may_be_longer_than_its_values():
    """By any number of bytes, as those of other libraries are."""
    buffer = pa.py_buffer(np.arange(3.0).tobytes()[:19])
    column = pa.Array.from_buffers(pa.float64(), 2, [None, buffer])
    assert to_numpy(column, 0).tolist() == [0.0, 1.0]


@pytest.mark.parametrize(
    ("kind", "treated", "whole"),
    [
        (pa.int8(), "number", True),
        (pa.uint32(), "number", True),
        (pa.uint64(), "number", False),
        (pa.float16(), "number", False),
        (pa.decimal128(5, 2), "number", False),
        (pa.date32(), "time", True),
        (pa.timestamp("us", "UTC"), "time", True),
        (pa.duration("s"), "time", True),
        (pa.month_day_nano_interval(), "other", False),
        (pa.bool_(), "category", False),
        (pa.large_string(), "category", False),
        (pa.binary(3), "category", False),
        (pa.dictionary(pa.int8(), pa.string()), "category", False),
        (pa.list_(pa.int64()), "other", False),
        (pa.null(), "other", False),
    ],
    ids=str,
)
def test_kinds(kind, treated, whole):
    """Every type has one kind, and int64 holds every value of those that are whole."""
    assert (column_kind(kind), is_whole(kind)) == (treated, whole)


def test_times_are_viewed_as_whole_numbers():
    """A date is the number of days since 1970, whatever its width."""
    dates = pa.array([datetime.date(1970, 1, 3), None])
    assert ticks(dates).equals(pa.array([2, None], pa.int32()))
    wide = ticks(dates.cast(pa.date64()))
    assert whole_numbers(wide.drop_null()).tolist() == [2 * 86_400_000]


def test_a_dictionary_is_decoded():
    """Its values are those of a plain column, which stays as it is."""
    plain = pa.array(["a", None, "a"])
    assert decoded(plain.dictionary_encode()).equals(plain)
    assert decoded(plain) is plain


def test_bytes_are_shown_as_hexadecimal_digits():
    """Other values are shown as Python does."""
    assert [value_text(value) for value in (b"\xff\x00", "x", True)] == ["ff00", "x", "True"]
