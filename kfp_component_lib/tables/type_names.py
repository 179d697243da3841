"""Type names as people write them, and whether the type of a column matches one."""

from __future__ import annotations

import re
from collections.abc import Callable

import pyarrow as pa

from kfp_component_lib.errors import check
from kfp_component_lib.tables.arrays import decoded_type

__all__ = ["FAMILIES", "arrow_type", "is_what"]

_UNITS = "s|ms|us|ns"
_DECIMAL = re.compile(r"decimal(?:(128|256))?\((\d+), ?(-?\d+)\)")
_ZONED = re.compile(rf"timestamp\[({_UNITS}), ?(?:tz=)?([^\]]+)\]")
_BYTES = re.compile(r"fixed_size_binary\[(\d+)\]")

_OF = pa.types
FAMILIES: dict[str, Callable[[pa.DataType], bool]] = {
    "integer": _OF.is_integer,
    "number": lambda t: _OF.is_integer(t) or _OF.is_floating(t) or _OF.is_decimal(t),
    "decimal": _OF.is_decimal,
    "date": _OF.is_date,
    "time": _OF.is_time,
    "timestamp": _OF.is_timestamp,
    "duration": _OF.is_duration,
}
"""Names for the meaning of values, whatever their width, unit or scale."""


def arrow_type(name: str, field: str) -> pa.DataType:
    """Return the Arrow type of a name.

    Args:
        name: The name of the type in Arrow, such as "int64", "float64", "utf8", "date32",
            "timestamp[us, tz=UTC]" or "decimal128(10, 2)".
        field: Name of the input for error messages, as `owner.field`.

    Returns:
        The type.

    Raises:
        DataError: If there is no such type.
    """
    kind = _parsed(name.strip()) if isinstance(name, str) else None
    fix = "Examples are int64, float64, string, bool, date32, timestamp[us] and decimal128(10, 2)"
    check(kind is not None, field, "be the name of an Arrow type", name, fix)
    return kind


def _parsed(name: str) -> pa.DataType | None:
    try:
        if match := _DECIMAL.fullmatch(name):
            make = pa.decimal256 if match[1] == "256" else pa.decimal128
            return make(int(match[2]), int(match[3]))
        if match := _ZONED.fullmatch(name):
            return pa.timestamp(match[1], match[2])
        if match := _BYTES.fullmatch(name):
            return pa.binary(int(match[1]))
        return pa.type_for_alias(name)
    except ValueError:
        return None


def is_what(found: pa.DataType, wanted: str, field: str) -> bool:
    """Return whether the type of a column matches the requested type, however values are stored.

    A dictionary counts as its values; the width of offsets and the unit of times do not matter. A
    type matches a wider one that holds all of its values: an int32 column is a valid int64 column.

    Args:
        found: Type of the column.
        wanted: One of `FAMILIES`, a name that `arrow_type` accepts, or the name that Arrow gives
            `found`.
        field: Name of the input for error messages, as `owner.field`.

    Raises:
        DataError: If there is no such type.
    """
    if wanted == str(found):
        return True
    kind = decoded_type(found)
    if wanted in FAMILIES:
        return FAMILIES[wanted](kind)
    return _holds(_plain(arrow_type(wanted, field)), _plain(kind))


def _plain(kind: pa.DataType) -> pa.DataType:
    """Return the same type for all types that differ only in how they are stored."""
    if _OF.is_large_string(kind) or _OF.is_string_view(kind):
        return pa.string()
    if _OF.is_large_binary(kind) or _OF.is_binary_view(kind) or _OF.is_fixed_size_binary(kind):
        return pa.binary()
    if _OF.is_timestamp(kind):
        return pa.timestamp("ns", kind.tz)
    if _OF.is_date(kind):
        return pa.date32()
    if _OF.is_time(kind):
        return pa.time64("ns")
    return pa.duration("ns") if _OF.is_duration(kind) else kind


def _holds(wide: pa.DataType, narrow: pa.DataType) -> bool:
    """Return whether a type that is as wide or wider holds every value of another type."""
    if wide == narrow:
        return True
    if _OF.is_decimal(wide) and _OF.is_decimal(narrow):
        whole = wide.precision - wide.scale >= narrow.precision - narrow.scale
        return bool(whole and wide.scale >= narrow.scale)
    if _OF.is_floating(wide) and _OF.is_floating(narrow):
        return bool(wide.bit_width >= narrow.bit_width)
    if _OF.is_integer(wide) and _OF.is_integer(narrow):
        if _OF.is_signed_integer(wide) == _OF.is_signed_integer(narrow):
            return bool(wide.bit_width >= narrow.bit_width)
        return bool(_OF.is_signed_integer(wide) and wide.bit_width > narrow.bit_width)
    return False
