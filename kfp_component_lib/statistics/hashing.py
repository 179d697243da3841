"""Hashes of values that are the same in every process, on every machine and in every version."""

from __future__ import annotations

from decimal import Decimal
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kfp_component_lib.tables.arrays import decoded, mask, ticks, to_numpy

__all__ = ["hash_values", "mix"]

UInt64s = npt.NDArray[np.uint64]
_TICKS_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_DAY_SECONDS = 86_400
_TOP = 2**63


def hash_values(column: pa.Array, seed: int = 0) -> UInt64s:
    """Hash each value of a column to 64 bits.

    The hash depends on the meaning of a value and not on how it is stored. Values have equal hashes
    whatever the width of a number, the unit or time zone of a time, the scale of a decimal or the
    dictionary of a column, and whether an integer is stored as an integer, a decimal or a double,
    or bytes as a text. A date equals its midnight, -0.0 equals 0.0, NaN equals NaN, and null equals
    null.

    Args:
        column: Values of length n, of any type that is not nested.
        seed: A different seed gives independent hashes.

    Returns:
        uint64 array of shape (n,).

    Source:
        Numbers and times: the finaliser of splitmix64 (Steele, Lea, Flood 2014). Others: BLAKE2b
        (RFC 7693) of the value's text or bytes.
    """
    column = decoded(column)
    raw = _bits(column)
    if column.null_count:
        raw[mask(column.is_null())] = 0x9E3779B97F4A7C15
    raw += mix(np.full(1, seed, np.uint64))
    return mix(raw)


def mix(values: UInt64s) -> UInt64s:
    """Scramble 64-bit numbers so that each bit depends on all bits of the input.

    Args:
        values: uint64 array of any shape; it is not changed.

    Returns:
        uint64 array of the same shape; the mapping is one to one.

    Source:
        The finaliser of splitmix64 (Steele, Lea, Flood 2014).
    """
    z = values + np.uint64(0x9E3779B97F4A7C15)
    z ^= z >> np.uint64(30)
    z *= np.uint64(0xBF58476D1CE4E5B9)
    z ^= z >> np.uint64(27)
    z *= np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return z


def _bits(column: pa.Array) -> UInt64s:
    """Return 64 bits for each value, equal for equal meanings; the bits of nulls are arbitrary."""
    kind, types = column.type, pa.types
    if types.is_floating(kind):
        with np.errstate(invalid="ignore"):  # NaNs may be such as signal.
            return _float_bits(to_numpy(column.cast(pa.float64()), 0) + 0.0)
    if types.is_uint64(kind):
        return _unsigned_bits(np.array(to_numpy(column, 0)))
    if types.is_integer(kind):
        return np.array(to_numpy(column.cast(pa.int64()), 0)).view(np.uint64)
    if types.is_temporal(kind):
        return _time_bits(column)
    return _dictionary_bits(column)


def _float_bits(values: npt.NDArray[np.float64]) -> UInt64s:
    """Return the bits of doubles, which are overwritten; integral ones have those of integers."""
    values[np.isnan(values)] = np.nan
    whole = (np.trunc(values) == values) & (values >= -_TOP) & (values < _TOP)
    integers = np.where(whole, values, 0.0).astype(np.int64)
    return np.where(whole, integers.view(np.uint64), values.view(np.uint64))


def _unsigned_bits(values: UInt64s) -> UInt64s:
    """Return the bits of integers; beyond int64, those of a double that equals the integer."""
    high = np.flatnonzero(values >= _TOP)
    doubles = values[high].astype(np.float64)
    # The highest numbers are rounded to 2^64, which uint64 cannot hold.
    exact = doubles < 2.0 * _TOP
    exact[exact] = doubles[exact].astype(np.uint64) == values[high][exact]
    values[high[exact]] = doubles[exact].view(np.uint64)
    return values


def _time_bits(column: pa.Array) -> UInt64s:
    """Return the bits of whole seconds, altered by the nanoseconds if there are any."""
    kind, stored = column.type, to_numpy(ticks(column).cast(pa.int64()), 0)
    if pa.types.is_date32(kind):
        return (stored * _DAY_SECONDS).view(np.uint64)
    per_second = _TICKS_PER_SECOND["ms" if pa.types.is_date64(kind) else kind.unit]
    seconds, rest = np.divmod(stored, per_second)
    nanoseconds = (rest * (10**9 // per_second)).view(np.uint64)
    return seconds.view(np.uint64) ^ np.where(rest, mix(nanoseconds), np.uint64(0))


def _dictionary_bits(column: pa.Array) -> UInt64s:
    """Return the bits of values that are hashed one at a time, each different value once."""
    kind, types = column.type, pa.types
    one = _decimal_bits if types.is_decimal(kind) else _digest
    if types.is_fixed_size_binary(kind):
        column = column.cast(pa.large_binary())
    elif not types.is_decimal(kind) and kind not in (pa.binary(), pa.large_binary()):
        column = column.cast(pa.large_string()).cast(pa.large_binary())
    encoded = column.dictionary_encode()
    bits = [one(value) for value in encoded.dictionary.to_pylist()] or [0]
    found: UInt64s = np.array(bits, np.uint64)[to_numpy(encoded.indices, 0)]
    return found


def _decimal_bits(value: Decimal) -> int:
    """Return the bits of the integer or the double that spells the same number, if there is one."""
    if value == value.to_integral_value() and -_TOP <= value < 2 * _TOP:
        whole = int(value)
        unsigned = np.array([whole % (2 * _TOP)], np.uint64)
        return int((unsigned if whole < _TOP else _unsigned_bits(unsigned))[0])
    double = float(value)
    if value in (Decimal(repr(double)), Decimal(double)):
        return int(np.float64(double).view(np.uint64))
    written = format(value, "f")
    return _digest((written.rstrip("0") if "." in written else written).encode())


def _digest(value: bytes) -> int:
    return int.from_bytes(blake2b(value, digest_size=8).digest(), "little")
