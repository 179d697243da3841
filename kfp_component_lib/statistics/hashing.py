"""Hashes of values that are the same in every process, on every machine, in every version."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kfp_component_lib.tables.arrays import decoded, ticks, to_numpy

__all__ = ["hash_values", "mix"]

UInt64s = npt.NDArray[np.uint64]


def hash_values(column: pa.Array, seed: int = 0) -> UInt64s:
    """Hash each value of a column to 64 bits.

    Equal values have equal hashes, whatever the width of an integer or the dictionary of a
    column; -0.0 equals 0.0, NaN equals NaN and null equals null.

    Args:
        column: Values of length n, of any type that is not nested.
        seed: Another seed gives independent hashes.

    Returns:
        uint64 array of shape (n,).

    Source:
        Numbers: the finaliser of splitmix64 (Steele, Lea, Flood 2014). Others: BLAKE2b (RFC 7693)
        of the value's text or bytes.
    """
    column = decoded(column)
    raw = _bits(column) if _has_bits(column.type) else _digests(column)
    if column.null_count:
        raw[to_numpy(column.is_null().cast(pa.uint8()), 0) == 1] = 0x9E3779B97F4A7C15
    raw += mix(np.full(1, seed, np.uint64))
    return mix(raw)


def mix(values: UInt64s) -> UInt64s:
    """Scramble 64-bit numbers so that each bit depends on all bits.

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


def _has_bits(kind: pa.DataType) -> bool:
    types = pa.types
    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_temporal(kind))


def _bits(column: pa.Array) -> UInt64s:
    kind = column.type
    if pa.types.is_floating(kind):
        values = to_numpy(column.cast(pa.float64()), 0) + 0.0
        values[np.isnan(values)] = np.nan
        bits: UInt64s = values.view(np.uint64)
        return bits
    if pa.types.is_temporal(kind):
        column = ticks(column)
    target = pa.uint64() if pa.types.is_uint64(kind) else pa.int64()
    integers: UInt64s = np.array(to_numpy(column.cast(target), 0)).view(np.uint64)
    return integers


def _digests(column: pa.Array) -> UInt64s:
    if not (pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type)):
        column = column.cast(pa.large_string()).cast(pa.large_binary())
    encoded = column.dictionary_encode()
    digests = [_digest(value) for value in encoded.dictionary.to_pylist()] or [0]
    hashes: UInt64s = np.array(digests, np.uint64)[to_numpy(encoded.indices, 0)]
    return hashes


def _digest(value: bytes) -> int:
    return int.from_bytes(blake2b(value, digest_size=8).digest(), "little")
