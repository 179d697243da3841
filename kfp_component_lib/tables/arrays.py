"""Columns of Arrow as arrays of NumPy and back, and what kind of values a column holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = [
    "column_kind",
    "decoded",
    "is_whole",
    "numbers",
    "schema_text",
    "ticks",
    "to_arrow",
    "to_numpy",
    "value_text",
    "whole_numbers",
]


def to_arrow(values: npt.NDArray[Any]) -> pa.Array:
    """View a NumPy array as an Arrow array, without a copy.

    `pyarrow.array` would import pandas to look at its argument, which doubles the time until a
    component starts to work.

    Args:
        values: Array of integers or floating-point numbers of shape (n,), contiguous. It must not
            be changed afterwards.

    Returns:
        Array of length n that shares the memory of `values` and has no nulls.
    """
    kind = pa.from_numpy_dtype(values.dtype)
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values)])


def to_numpy(column: pa.Array, fill: float) -> npt.NDArray[Any]:
    """View an Arrow array as a NumPy array, without a copy where there are no nulls.

    `Array.to_numpy` would import pandas, as `pyarrow.array` does.

    Args:
        column: Integers or floating-point numbers of length n; nulls are allowed.
        fill: What stands for null.

    Returns:
        Array of shape (n,) and of the column's type.
    """
    rows = slice(column.offset, column.offset + len(column))
    valid, values = (buffer or pa.py_buffer(b"") for buffer in column.buffers())
    found = np.frombuffer(values, column.type.to_pandas_dtype(), rows.stop)[rows]
    if not column.null_count:
        return found
    bits = np.unpackbits(np.frombuffer(valid, np.uint8), count=rows.stop, bitorder="little")
    return np.where(bits[rows], found, found.dtype.type(fill))


def decoded(column: pa.Array) -> pa.Array:
    """Return a column's values themselves where it holds a dictionary of them."""
    return column.dictionary_decode() if isinstance(column, pa.DictionaryArray) else column


def numbers(column: pa.Array) -> npt.NDArray[np.float64]:
    """Return a numeric column as floating-point numbers.

    Args:
        column: Integers, floats, decimals or booleans of length n, or a dictionary of such;
            nulls are allowed. Integers beyond 2^53 and decimals are rounded.

    Returns:
        float64 array of shape (n,), NaN where the column is null.
    """
    column = decoded(column)
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.uint8())
    return to_numpy(column.cast(pa.float64(), safe=False), np.nan)


def whole_numbers(column: pa.Array) -> npt.NDArray[np.int64]:
    """Return a column of whole numbers as int64.

    Args:
        column: Integers that int64 can hold, of length n, without nulls.

    Returns:
        int64 array of shape (n,), which may share the column's memory.
    """
    return to_numpy(column.cast(pa.int64()), 0)


def ticks(column: pa.Array) -> pa.Array:
    """View dates, times or durations as the whole numbers that are stored for them.

    Args:
        column: Values of a temporal type, of length n.

    Returns:
        int32 or int64 array of length n, null where the column is.
    """
    return column.view(pa.int64() if column.type.bit_width == 64 else pa.int32())


def value_text(value: object) -> str:
    """Return a value of a category as text, bytes as hexadecimal digits."""
    return value.hex() if isinstance(value, bytes) else str(value)


def column_kind(kind: pa.DataType) -> str:
    """Return how values of an Arrow type are treated: `number`, `time`, `category` or `other`."""
    types = pa.types
    if types.is_dictionary(kind):
        return column_kind(kind.value_type)
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return "number"
    if types.is_temporal(kind) and not types.is_interval(kind):
        return "time"
    texts: Iterable[Callable[[pa.DataType], bool]] = (
        types.is_boolean,
        types.is_string,
        types.is_large_string,
        types.is_binary,
        types.is_large_binary,
        types.is_fixed_size_binary,
    )
    return "category" if any(is_text(kind) for is_text in texts) else "other"


def is_whole(kind: pa.DataType) -> bool:
    """Return whether `int64` holds every value of a type exactly: integers, dates and times."""
    types = pa.types
    if types.is_dictionary(kind):
        return is_whole(kind.value_type)
    whole = types.is_integer(kind) and not types.is_uint64(kind)
    return bool(whole or column_kind(kind) == "time")


def schema_text(schema: pa.Schema) -> str:
    """Return names and types of columns as `name: type, …`."""
    return ", ".join(f"{field.name}: {field.type}" for field in schema)
