"""Rules about the values of a column, with comparisons that are exact and respect the types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kfp_component_lib.errors import DataError, check
from kfp_component_lib.tables.arrays import (
    column_kind,
    decoded_type,
    from_python,
    mask,
    ticks,
    to_numpy,
    to_python,
)

__all__ = ["RULES", "Breaks", "UnfitError", "rule_breaks"]

Bools = npt.NDArray[np.bool_]
Breaks = Callable[[pa.Array], Bools]
"""Returns which rows of a column break a rule; the column must not be a dictionary."""

_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DIGITS = 400
"""A number of digits before or after the point that no column's type has."""


class UnfitError(Exception):
    """A column of this type can never meet the rule; the message explains why."""


def rule_breaks(name: str, value: Any, kind: pa.DataType, field: str) -> Breaks:
    """Return the function that finds the rows which break a rule.

    Args:
        name: One of `RULES`.
        value: Value of the rule.
        kind: Type of the column.
        field: The name of the rule in errors.

    Raises:
        DataError: If the value is not valid for a rule with this name.
        UnfitError: If the rule cannot apply to a column of this type.
    """
    check(name in RULES, field, f"be among {tuple(RULES)}", name, "Correct its name")
    try:
        return RULES[name](value, decoded_type(kind), field)
    except UnfitError:
        if pa.types.is_null(kind):
            return lambda column: np.zeros(len(column), np.bool_)
        raise


def _not_null(value: Any, kind: pa.DataType, field: str) -> Breaks:
    check(value is True, field, "have not_null = true", value, "Leave the rule out otherwise")
    if pa.types.is_floating(kind):
        return lambda column: np.isnan(to_numpy(column, np.nan))
    return lambda column: mask(column.is_null())


def _bound(value: Any, kind: pa.DataType, field: str, name: str) -> Breaks:
    fix = 'For example 0, "9007199254740993" or "2024-12-31"'
    check(_is_bound(value), field, f"have a number, a date or a time as {name}", value, fix)
    limit = _reachable(_comparable(value, kind))
    outside, is_time = _below if name == "min" else _above, column_kind(kind) == "time"
    if pa.types.is_decimal(kind):
        scalar = _decimal_scalar(limit)
        compare = pc.less if name == "min" else pc.greater
        return lambda column: mask(compare(column, scalar))

    def breaks(column: pa.Array) -> Bools:
        stored = ticks(column) if is_time else column
        broken: Bools = outside(to_numpy(stored, 0), limit)
        return broken & mask(column.is_valid()) if column.null_count else broken

    return breaks


def _reachable(limit: Decimal) -> Decimal:
    """Return a limit, or infinity if it is beyond all columns and would take ages to write out."""
    beyond = limit.is_finite() and limit.adjusted() > _DIGITS
    return Decimal("Infinity").copy_sign(limit) if beyond else limit


def _is_bound(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return False
    return value == value and (not isinstance(value, str) or _is_number(value) or _is_moment(value))


def _is_number(text: str) -> bool:
    try:
        return not Decimal(text).is_nan()
    except InvalidOperation:
        return False


def _is_moment(text: str) -> bool:
    for read in (datetime.fromisoformat, time.fromisoformat):
        try:
            return bool(read(text)) or True
        except ValueError:
            pass
    return False


def _below(values: npt.NDArray[Any], limit: Decimal) -> Bools:
    """Return which values are less than a number that their type may not hold exactly, or NaN."""
    if np.issubdtype(values.dtype, np.integer):
        found: Bools = values < _whole(limit, up=True)
        return found
    nearest, values = float(limit), values.astype(np.float64, copy=False)
    # NaN is neither; comparing for what is allowed counts it as broken.
    return ~(values >= nearest if Decimal(nearest) >= limit else values > nearest)


def _above(values: npt.NDArray[Any], limit: Decimal) -> Bools:
    """Return which values are greater than a number, as `_below` does."""
    if np.issubdtype(values.dtype, np.integer):
        found: Bools = values > _whole(limit, up=False)
        return found
    nearest, values = float(limit), values.astype(np.float64, copy=False)
    return ~(values <= nearest if Decimal(nearest) <= limit else values < nearest)


def _whole(limit: Decimal, up: bool) -> int | float:
    if limit.is_infinite():
        return float(limit)
    return int(limit.to_integral_value("ROUND_CEILING" if up else "ROUND_FLOOR"))


def _decimal_scalar(limit: Decimal) -> pa.Scalar:
    try:
        if limit.is_finite() and limit.adjusted() < -_DIGITS and limit:
            raise ValueError
        text = format(limit, "f")
        scale = len(text.partition(".")[2])
        digits = max(len(text.lstrip("-").replace(".", "")), 1)
        return from_python([text], pa.decimal256(max(digits, scale), scale))[0]
    except (ValueError, pa.ArrowException) as error:
        raise UnfitError(f"{limit} has more digits than a decimal column") from error


def _comparable(value: Any, kind: pa.DataType) -> Decimal:
    """Return a value in a form that can be compared with a column's values, or refuse it."""
    if column_kind(kind) == "number" and (not isinstance(value, str) or _is_number(value)):
        return Decimal(value)
    if column_kind(kind) == "time" and isinstance(value, str):
        try:
            return _moment(value, kind)
        except ValueError as error:
            raise UnfitError(f"{value!r} cannot be compared with {kind} ({error})") from error
    raise UnfitError(f"{value!r} cannot be compared with {kind}")


def _moment(text: str, kind: pa.DataType) -> Decimal:
    """Return a date or time in the unit in which a column stores it."""
    types = pa.types
    if types.is_date32(kind):
        return Decimal((date.fromisoformat(text) - _EPOCH.date()).days)
    if types.is_date64(kind):
        return Decimal((date.fromisoformat(text) - _EPOCH.date()).days * 86_400_000)
    if types.is_time(kind):
        return _ticks(datetime.combine(_EPOCH, time.fromisoformat(text), UTC) - _EPOCH, kind.unit)
    if not types.is_timestamp(kind):
        raise ValueError("state its bounds where it is a number")
    found = datetime.fromisoformat(text)
    if (found.tzinfo is None) != (kind.tz is None):
        raise ValueError("both or neither must have a time zone, such as Z")
    return _ticks(found.replace(tzinfo=found.tzinfo or UTC) - _EPOCH, kind.unit)


def _ticks(since: timedelta, unit: str) -> Decimal:
    return Decimal(since // timedelta(microseconds=1)) * _PER_SECOND[unit] / 10**6


def _values(value: Any, kind: pa.DataType, field: str) -> Breaks:
    is_list = isinstance(value, list | tuple) and len(value) > 0
    check(is_list, field, "have a list as values", value, 'For example ["a", "b"]')
    plain = all(each is None or isinstance(each, bool | int | float | str) for each in value)
    fix = "Write them without brackets"
    check(plain, field, "have texts, numbers or booleans as values", value, fix)
    if column_kind(kind) == "other":
        raise UnfitError(f"values of {kind} cannot be compared")
    allowed = _allowed([each for each in value if each is not None], kind)

    def breaks(column: pa.Array) -> Bools:
        encoded = column.dictionary_encode()
        wrong = [each not in allowed for each in _meanings(encoded.dictionary)]
        codes = to_numpy(encoded.indices, len(wrong))
        broken: Bools = np.array([*wrong, False], np.bool_)[codes]
        return broken

    return breaks


def _allowed(values: Sequence[Any], kind: pa.DataType) -> set[Any]:
    if column_kind(kind) != "category":
        return {_stored(_comparable(value, kind), value, kind) for value in values}
    if pa.types.is_boolean(kind):
        return {value for value in values if isinstance(value, bool)}
    texts = {value for value in values if isinstance(value, str)}
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    return set(texts) if is_text else {text.encode() for text in texts}


def _stored(number: Decimal, value: Any, kind: pa.DataType) -> Decimal:
    """Return a number as a column stores it: 0.1 differs between a double and a decimal."""
    if pa.types.is_floating(kind):
        return Decimal(float(np.array([number], f"f{kind.bit_width // 8}")[0]))
    return Decimal(repr(value)) if isinstance(value, float) else number


def _meanings(values: pa.Array) -> list[Any]:
    kind = column_kind(values.type)
    if kind == "category":
        return to_python(values)
    stored = ticks(values) if kind == "time" else values
    return [Decimal(value) for value in stored.to_pylist()]


def _pattern(value: Any, kind: pa.DataType, field: str) -> Breaks:
    check(isinstance(value, str), field, "have a text as pattern", value, 'For example "[a-z]+"')
    try:
        pc.match_substring_regex(from_python([""], pa.string()), value)
    except pa.ArrowInvalid as error:
        rule = "have a regular expression as pattern"
        raise DataError(field, rule, value, "Use RE2 syntax", error) from error
    types = pa.types
    if not (types.is_string(kind) or types.is_large_string(kind) or types.is_boolean(kind)):
        raise UnfitError(f"{kind} is not text")

    def breaks(column: pa.Array) -> Bools:
        texts = column.cast(pa.string()) if types.is_boolean(kind) else column
        return mask(pc.invert(pc.match_substring_regex(texts, rf"\A(?:{value})\z")))

    return breaks


RULES: dict[str, Callable[[Any, pa.DataType, str], Breaks]] = {
    "not_null": _not_null,
    "min": lambda value, kind, field: _bound(value, kind, field, "min"),
    "max": lambda value, kind, field: _bound(value, kind, field, "max"),
    "values": _values,
    "pattern": _pattern,
}
"""The rules that a column can have, by name."""
