"""Conversion between Arrow columns and NumPy arrays, and the kinds of values in a column.

If pandas is installed, pyarrow imports it as soon as `pyarrow.array`, `pyarrow.scalar` or any
function that takes a Python value inspects its argument. That doubles the start-up time of a
component, so the library creates its arrays here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = [
    "column_kind",
    "decoded",
    "decoded_type",
    "from_python",
    "is_whole",
    "mask",
    "numbers",
    "schema_text",
    "text_bytes",
    "ticks",
    "to_arrow",
    "to_numpy",
    "to_python",
    "value_text",
    "whole_numbers",
]

_NONE = np.empty(0, np.uint8)
_ZEROS = re.compile(r"\.0+(?!\d)|(\.\d*?[1-9])0+(?!\d)")


def to_arrow(values: npt.NDArray[Any]) -> pa.Array:
    """View a NumPy array as an Arrow array, without a copy unless it holds booleans.

    Args:
        values: Array of numbers or booleans of shape (n,), contiguous. It must not be changed
            afterwards.

    Returns:
        Array of length n that shares the memory of `values` and has no nulls.
    """
    kind = pa.from_numpy_dtype(values.dtype)
    stored = np.packbits(values, bitorder="little") if kind == pa.bool_() else values
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(stored)])


def to_numpy(column: pa.Array, fill: float) -> npt.NDArray[Any]:
    """View an Arrow array as a NumPy array, without a copy where there are no nulls.

    Args:
        column: Integers or floating-point numbers of length n; nulls are allowed.
        fill: The value that replaces null.

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


def mask(column: pa.Array) -> npt.NDArray[np.bool_]:
    """Return booleans of length n as an array of shape (n,), False where they are null."""
    return to_numpy(column.cast(pa.uint8()), 0).astype(np.bool_)


def text_bytes(column: pa.Array) -> npt.NDArray[np.uint8]:
    """View the texts of a column, one after the other, as the bytes that store them.

    Args:
        column: Strings of length n without nulls, of type string.

    Returns:
        uint8 array with the UTF-8 bytes of all texts.
    """
    _, offsets, content = column.buffers()
    ends = np.frombuffer(offsets or b"", np.int32)[column.offset : column.offset + len(column) + 1]
    return np.frombuffer(content or b"", np.uint8)[ends[0] : ends[-1]] if len(column) else _NONE


def from_python(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Return Python values as an Arrow array, as `pyarrow.array` does.

    Args:
        values: Values of length n: bytes, or values whose text Arrow can parse; None becomes null.
        kind: Type of the array, which must not be nested.

    Returns:
        Array of length n.

    Raises:
        pyarrow.ArrowInvalid: If a value does not fit the type.
    """
    if not values:
        return pa.nulls(0, kind)
    contents = [v if isinstance(v, bytes) else str(v).encode() for v in values]
    offsets = np.cumsum([0, *map(len, contents)], dtype=np.int64)
    valid = to_arrow(np.array([v is not None for v in values], np.bool_)).buffers()[1]
    buffers = [valid, pa.py_buffer(offsets), pa.py_buffer(b"".join(contents))]
    column = pa.Array.from_buffers(pa.large_binary(), len(values), buffers)
    is_bytes = any(isinstance(value, bytes) for value in values)
    return (column if is_bytes else column.cast(pa.large_string())).cast(kind)


def to_python(column: pa.Array) -> list[Any]:
    """Return the values of a column as Python values, with times as text.

    Python's own times have a resolution of microseconds, and for finer ones Arrow would use those
    of pandas.

    Args:
        column: Values of length n.

    Returns:
        List of length n with None for null. The text of a time has no trailing zeros.
    """
    column = decoded(column)
    if column_kind(column.type) != "time":
        values: list[Any] = column.to_pylist()
        return values
    return [text and _ZEROS.sub(r"\1", text) for text in _time_texts(column)]


def _time_texts(column: pa.Array) -> list[str | None]:
    """Return times as texts; those of a zone that is not known here are told in UTC."""
    try:
        texts: list[str | None] = column.cast(pa.string()).to_pylist()
    except pa.ArrowInvalid:
        if not pa.types.is_timestamp(column.type) or column.type.tz in (None, "UTC"):
            raise
        return _time_texts(column.cast(pa.timestamp(column.type.unit, "UTC")))
    return texts


def decoded(column: pa.Array) -> pa.Array:
    """Return the plain values of a column, however they are stored.

    Args:
        column: Values of length n; dictionaries and extension types are decoded.

    Returns:
        Array of length n and of the type that `decoded_type` returns.
    """
    if isinstance(column, pa.DictionaryArray):
        return decoded(column.dictionary_decode())
    if isinstance(column, pa.ExtensionArray):
        return decoded(column.storage)
    kind = decoded_type(column.type)
    return column if column.type == kind else column.cast(kind)


def decoded_type(kind: pa.DataType) -> pa.DataType:
    """Return the type of a column's plain values, which is one type for all ways to store them.

    It is the type of a dictionary's values, binary for fixed-size binary, and decimal128 for the
    narrower decimals, for which Arrow has few functions.
    """
    types = pa.types
    if types.is_dictionary(kind):
        return decoded_type(kind.value_type)
    if isinstance(kind, pa.BaseExtensionType):
        return decoded_type(kind.storage_type)
    if types.is_fixed_size_binary(kind) or types.is_binary_view(kind):
        return pa.binary()
    if types.is_decimal32(kind) or types.is_decimal64(kind):
        return pa.decimal128(kind.precision, kind.scale)
    return pa.string() if types.is_string_view(kind) else kind


def numbers(column: pa.Array) -> npt.NDArray[np.float64]:
    """Return a numeric column as floating-point numbers.

    Args:
        column: Integers, floats, decimals or booleans of length n, or a dictionary of these; nulls
            are allowed. Decimals and integers beyond 2^53 are rounded.

    Returns:
        float64 array of shape (n,), NaN where the column is null.
    """
    column = decoded(column)
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.uint8())
    return to_numpy(column.cast(pa.float64(), safe=False), np.nan)


def whole_numbers(column: pa.Array) -> npt.NDArray[np.int64]:
    """Return a column of integers as int64.

    Args:
        column: Integers that int64 can hold, of length n, without nulls.

    Returns:
        int64 array of shape (n,), which may share the column's memory.
    """
    return to_numpy(column.cast(pa.int64()), 0)


def ticks(column: pa.Array) -> pa.Array:
    """View dates, times or durations as the integers that store them.

    Args:
        column: Values of a temporal type, of length n.

    Returns:
        int32 or int64 array of length n, null where the column is null.
    """
    return column.view(pa.int64() if column.type.bit_width == 64 else pa.int32())


def value_text(value: object) -> str:
    """Return a value of a category as text: bytes as hexadecimal digits, and 1.0 as 1."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.hex() if isinstance(value, bytes) else str(value)


def column_kind(kind: pa.DataType) -> str:
    """Return how values of an Arrow type are treated: `number`, `time`, `category` or `other`."""
    types, kind = pa.types, decoded_type(kind)
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
    )
    return "category" if any(is_text(kind) for is_text in texts) else "other"


def is_whole(kind: pa.DataType) -> bool:
    """Return whether int64 holds every value of a type exactly: integers, dates and times."""
    types, kind = pa.types, decoded_type(kind)
    whole = types.is_integer(kind) and not types.is_uint64(kind)
    return bool(whole or column_kind(kind) == "time")


def schema_text(schema: pa.Schema) -> str:
    """Return the names and types of columns as `name: type, …`."""
    return ", ".join(f"{field.name}: {field.type}" for field in schema)
