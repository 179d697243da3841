"""Tests of kfp_component_lib.tables.arrays against pyarrow."""

import datetime
import decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kfp_component_lib.tables.arrays import (
    column_kind,
    decoded,
    from_python,
    is_whole,
    mask,
    numbers,
    text_bytes,
    ticks,
    to_arrow,
    to_numpy,
    to_python,
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
    """The conversion works at any offset in the buffers; nulls become the fill value."""
    column = pa.array(values, kind).slice(min(start, len(values)), length)
    found = to_numpy(column, 7)
    wanted = column.fill_null(7).to_numpy(zero_copy_only=False)
    assert found.dtype == wanted.dtype
    assert found.tolist() == wanted.tolist()
    assert to_arrow(found).equals(column.fill_null(7))
    with_nan = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    np.testing.assert_array_equal(numbers(column), with_nan)


def test_a_buffer_may_be_longer_than_its_values():
    """The excess may be any number of bytes, as in buffers of other libraries."""
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
    """Every type has a kind, and int64 holds every value of the types that are integral."""
    assert (column_kind(kind), is_whole(kind)) == (treated, whole)


def test_times_are_viewed_as_whole_numbers():
    """A date is the number of days since 1970, whatever its width."""
    dates = pa.array([datetime.date(1970, 1, 3), None])
    assert ticks(dates).equals(pa.array([2, None], pa.int32()))
    wide = ticks(dates.cast(pa.date64()))
    assert whole_numbers(wide.drop_null()).tolist() == [2 * 86_400_000]


def test_a_dictionary_is_decoded():
    """Its values are those of a plain column, which is left unchanged."""
    plain = pa.array(["a", None, "a"])
    assert decoded(plain.dictionary_encode()).equals(plain)
    assert decoded(plain) is plain


def test_bytes_are_shown_as_hexadecimal_digits():
    """Other values are shown as Python shows them."""
    assert [value_text(value) for value in (b"\xff\x00", "x", True)] == ["ff00", "x", "True"]


_DAY = datetime.date(2024, 2, 29)
_VALUES = {
    pa.string(): ["ä", "", None],
    pa.large_string(): ["1", None],
    pa.bool_(): [True, None, False],
    pa.int8(): [-128, 127, None],
    pa.uint64(): [2**64 - 1, 0],
    pa.float64(): [0.1, 5e-324, -1.7976931348623157e308, float("inf"), None],
    pa.float32(): [0.10000000149011612],
    pa.date32(): [_DAY, None],
    pa.timestamp("us"): [datetime.datetime(1969, 12, 31, 23, 59, 59, 1)],
    pa.decimal128(5, 2): [decimal.Decimal("-1.10"), None],
    pa.binary(): [b"\xff\x00", None, b""],
}


@pytest.mark.parametrize("kind", _VALUES, ids=str)
def test_python_values_become_what_pyarrow_makes_of_them(kind):
    """Python values of every type that a class or a stored state can have become Arrow values."""
    assert from_python(_VALUES[kind], kind).equals(pa.array(_VALUES[kind], kind))
    assert from_python([], kind).equals(pa.array([], kind))


def test_a_value_that_does_not_fit_is_refused():
    """Nothing is cut or rounded to fit a type."""
    with pytest.raises(pa.ArrowInvalid):
        from_python([128], pa.int8())


@pytest.mark.parametrize(
    ("column", "values"),
    [
        (pa.array([1, None]), [1, None]),
        (pa.array(["a", None]).dictionary_encode(), ["a", None]),
        (pa.array([_DAY, None]), ["2024-02-29", None]),
        (
            pa.array([0, 1, 10**9], pa.timestamp("ns")),
            ["1970-01-01 00:00:00", "1970-01-01 00:00:00.000000001", "1970-01-01 00:00:01"],
        ),
        (pa.array([1_100], pa.timestamp("ms", "UTC")), ["1970-01-01 00:00:01.1Z"]),
        (pa.array([3_600_000_000_000], pa.time64("ns")), ["01:00:00"]),
    ],
    ids=["number", "dictionary", "date", "nanoseconds", "zone", "clock"],
)
def test_values_come_back_to_python(column, values):
    """Times become texts with up to nanoseconds, without trailing zeros."""
    assert to_python(column) == values


def test_booleans_pass_both_ways():
    """A null is False, and the order is kept beyond one byte."""
    values = np.arange(20) % 3 == 0
    assert to_arrow(values).equals(pa.array(values))
    assert mask(to_arrow(values)[3:]).tolist() == values[3:].tolist()
    assert mask(pa.array([True, None, False])).tolist() == [True, False, False]


def test_times_of_an_unknown_zone_are_told_in_utc():
    """The instants are known, whatever a zone is called that this machine does not know."""
    column = pa.array([0], pa.timestamp("us")).view(pa.timestamp("us", "Mars/Base"))
    assert to_python(column) == ["1970-01-01 00:00:00Z"]


@pytest.mark.parametrize("texts", [[], [""], ["ab", "", "ä", "c"]], ids=str)
@pytest.mark.parametrize("start", [0, 1, 3])
def test_the_bytes_of_texts_are_those_of_their_rows(texts, start):
    """The bytes of a part of a column are those of this part."""
    column = pa.array(texts, pa.string()).slice(min(start, len(texts)))
    assert text_bytes(column).tobytes() == "".join(column.to_pylist()).encode()
