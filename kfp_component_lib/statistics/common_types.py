"""The type in which two columns are compared, whatever types store them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from kfp_component_lib.tables.arrays import (
    column_kind,
    decoded,
    decoded_type,
    is_whole,
    ticks,
    to_numpy,
)

__all__ = ["as_type", "common_type"]

_UNITS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
_DAY = 86_400 * 10**9
_LARGEST = 2**63 - 1


def common_type(one: pa.DataType, other: pa.DataType) -> pa.DataType | None:
    """Return the type in which values of two types can be compared.

    Args:
        one: Type of a column.
        other: Type of another one.

    Returns:
        int64 for integers that fit into it; float64 for other numbers of different types; for
        times, the finer of the two units; large_string or large_binary for texts; and the type
        itself if both are the same. A column of type null counts as a column of any type without
        values. None if the values mean different things, such as numbers and texts, or instants and
        durations.
    """
    one, other = decoded_type(one), decoded_type(other)
    if one == other or pa.types.is_null(other):
        return one
    if pa.types.is_null(one):
        return other
    kinds = {column_kind(one), column_kind(other)}
    if kinds == {"number"}:
        return pa.int64() if is_whole(one) and is_whole(other) else pa.float64()
    if kinds == {"time"}:
        return _common_time(one, other)
    if kinds == {"category"} and not any(map(pa.types.is_boolean, (one, other))):
        texts = [pa.types.is_string(t) or pa.types.is_large_string(t) for t in (one, other)]
        return pa.large_string() if all(texts) else pa.large_binary()
    return None


def as_type(column: pa.Array, kind: pa.DataType) -> pa.Array:
    """Convert a column to the type that `common_type` returned for it.

    Args:
        column: Values of length n.
        kind: The type.

    Returns:
        Array of length n, null where the column is null. Integers that float64 cannot hold are
        rounded. An instant outside the range of a finer unit (for nanoseconds, before 1677 or after
        2262) becomes the first or last instant of that unit, so its order among those of the other
        column is kept.
    """
    column = decoded(column)
    if column.type == kind:
        return column
    if column_kind(kind) != "time" or pa.types.is_null(column.type):
        return column.cast(kind, safe=False)
    factor = _nanoseconds(column.type) // _nanoseconds(kind)
    stored = to_numpy(ticks(column).cast(pa.int64()), 0)
    scaled = np.clip(stored, -(_LARGEST // factor), _LARGEST // factor) * factor
    valid = np.packbits(to_numpy(column.is_valid().cast(pa.uint8()), 0), bitorder="little")
    return pa.Array.from_buffers(kind, len(column), [pa.py_buffer(valid), pa.py_buffer(scaled)])


def _common_time(one: pa.DataType, other: pa.DataType) -> pa.DataType | None:
    if _is_instant(one) and _is_instant(other):
        return pa.timestamp(_finer_unit(one, other))
    if pa.types.is_duration(one) and pa.types.is_duration(other):
        return pa.duration(_finer_unit(one, other))
    return pa.time64("ns") if all(map(pa.types.is_time, (one, other))) else None


def _is_instant(kind: pa.DataType) -> bool:
    return bool(pa.types.is_date(kind) or pa.types.is_timestamp(kind))


def _finer_unit(one: pa.DataType, other: pa.DataType) -> str:
    finest = min(_nanoseconds(one), _nanoseconds(other))
    return next(unit for unit, size in _UNITS.items() if size <= finest)


def _nanoseconds(kind: pa.DataType) -> int:
    """Return the number of nanoseconds in one step of the integer that stores a time."""
    if pa.types.is_date32(kind):
        return _DAY
    return _UNITS["ms" if pa.types.is_date64(kind) else kind.unit]
