"""Tests of kfp_component_lib.statistics.hashing: the hash depends on what a value means."""

import datetime
import itertools
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfp_component_lib.statistics.hashing import hash_values, mix

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
    """Instants before and after 1970 have the same hash in a unit a thousand times finer."""
    coarse, fine = units
    first = hash_values(pa.array(ticks, pa.timestamp(coarse)))
    again = hash_values(pa.array([tick * 1000 for tick in ticks], pa.timestamp(fine)))
    np.testing.assert_array_equal(first, again)
    assert len(set(first.tolist())) == len(set(ticks))


@given(st.lists(st.floats(allow_nan=False), min_size=1, unique=True))
def test_different_doubles_have_different_hashes(values):
    """Integral doubles have the bits of integers, and collide with no other double in a list."""
    assert len(set(hash_values(pa.array(values, pa.float64())).tolist())) == len({*values})


def test_values_that_mean_something_else_differ():
    """NaN, null, infinities, fractions and numbers beyond any integer type are all different."""
    column = pa.array(
        [None, float("nan"), float("inf"), -float("inf"), 0.5, 1.5, -(2.0**64), 2.0**70]
    )
    assert len(set(hash_values(column).tolist())) == len(column)


_NOON = datetime.datetime(2024, 2, 29, 12)
_SECONDS = datetime.timedelta(seconds=5)
# A value, its hash, and its hash with the seed 5. Changing one of them moves rows to other parts.
_PINNED = {
    "int8": (pa.array([7], pa.int8()), 0x120DEC2B42F2827E, 0x9DBC62F2A125FA9D),
    "int64": (pa.array([-(2**63)]), 0x5385D77FF33B218D, 0x0414D954F17DEDD3),
    "uint64": (pa.array([2**64 - 1], pa.uint64()), 0x08B4FDA8C892B50E, 0x67E07EA6E630C1F5),
    "float64": (pa.array([0.1]), 0x7C4D9CDC306AB598, 0xB851DD2322D465FF),
    "float32": (pa.array([0.5], pa.float32()), 0xD1C91D58579C3F24, 0xFE406C52C0523977),
    "nan": (pa.array([float("nan")]), 0xCA09AFC7C56A7F6A, 0x6BE0111A2A77F022),
    "null": (pa.array([None], pa.int64()), 0xB382A305F4414F5E, 0x1B1A399B7FC87089),
    "string": (pa.array(["köln"]), 0x2726BA4D31D2BB40, 0x4D3A1BF8E3A7825F),
    "empty": (pa.array([""]), 0x1752E2BCB3C45C50, 0xCBBD6037A96AAC47),
    "binary": (pa.array([b"\xff\x00"]), 0xC46070C071D12016, 0xD59B3A52179D98F5),
    "bool": (pa.array([True]), 0x2ABBD76905A4FC68, 0x69DB8F476F73C94D),
    "decimal": (pa.array([Decimal("1.10")]), 0x10458715E06A88AA, 0x347B5F2D27658BAE),
    "date": (pa.array([_NOON.date()]), 0x9EC686116C52F882, 0x0EA42C642289795C),
    "timestamp": (pa.array([_NOON], pa.timestamp("us")), 0x9753A81ACEC20F28, 0x1090042C1B566D1B),
    "time": (pa.array([datetime.time(1, 2, 3)]), 0x2F082BD59CE29B9E, 0xFF0DBE55B95AF212),
    "duration": (pa.array([_SECONDS]), 0x0C73D8B410FE6447, 0xE06B51EEC968EA89),
}


@pytest.mark.parametrize("name", _PINNED)
def test_a_hash_never_changes(name):
    """A split by key puts its rows where every earlier version has put them."""
    column, plain, seeded = _PINNED[name]
    assert (int(hash_values(column)[0]), int(hash_values(column, 5)[0])) == (plain, seeded)


def test_mixing_is_that_of_splitmix64():
    """The first number for the seed 0 is the published one."""
    assert mix(np.zeros(1, np.uint64)).tolist() == [0xE220A8397B1DCDAF]


def test_bits_of_neighbours_are_independent():
    """In ten thousand hashes of neighbouring numbers, each bit is set in about half."""
    hashes = hash_values(pa.array(range(10_000)))
    bits = np.unpackbits(hashes.view(np.uint8)).reshape(10_000, 64).mean(axis=0)
    assert np.all(np.abs(bits - 0.5) < 5 * 0.5 / 100)
