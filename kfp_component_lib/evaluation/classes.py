"""Classes, which labels and predictions may store in different types."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kfp_component_lib.errors import DataError, check
from kfp_component_lib.statistics.common_types import as_type, common_type
from kfp_component_lib.tables.arrays import column_kind, decoded, from_python, to_numpy, to_python

__all__ = ["class_codes", "class_kind", "class_named"]

_EXACT = 2.0**53


def class_kind(label: pa.DataType, prediction: pa.DataType, field: str) -> pa.DataType:
    """Return the type in which the classes of two columns are compared.

    Numbers are compared as numbers, times as times and texts as texts. A text may also spell a
    number or a boolean, and beside numbers a boolean counts as 0 or 1.

    Args:
        label: Type of the column of true classes.
        prediction: Type of the column of predicted classes.
        field: Name of the predictions for error messages, as `owner.field`.

    Raises:
        DataError: If values of the two types cannot be equal, or a type is nested.
    """
    kind = common_type(label, prediction)
    if kind is None and not any(column_kind(t) in ("time", "other") for t in (label, prediction)):
        numeric = any(column_kind(t) == "number" for t in (label, prediction))
        kind = pa.float64() if numeric else pa.bool_()
    fix = "Predict the classes that the label has"
    comparable = kind is not None and column_kind(kind) != "other"
    check(comparable, field, f"be classes like those of the label, {label}", prediction, fix)
    assert kind is not None
    return kind


def class_codes(
    column: pa.Array, kind: pa.DataType, field: str, name: str
) -> tuple[npt.NDArray[np.int64], list[Any]]:
    """Return the class of each value of a column.

    Args:
        column: Values of length n.
        kind: The type that `class_kind` returned for this column and the other one.
        field: Name of the input that names the column, as `owner.field`.
        name: Name of the column.

    Returns:
        int64 array of shape (n,), and the list of the classes that its values index from 0.

    Raises:
        DataError: If a value is null or NaN, a text that does not spell a value of the other column's
            type, or a whole number that is rounded when it is compared with those of the other column.
    """
    try:
        values = _as_kind(decoded(column), kind)
        _require_exact(values, decoded(column).type)
    except pa.ArrowInvalid as error:
        fix = "Predict the classes that the label has"
        raise DataError(field, f"be classes that {kind} holds", name, fix, error) from error
    encoded = values.dictionary_encode()
    classes = to_python(encoded.dictionary)
    bad = values.null_count + sum(value != value for value in classes)
    check(not bad, field, "have no null or NaN", f"{bad} in {name!r}", "Drop these rows")
    return to_numpy(encoded.indices, 0).astype(np.int64), classes


def class_named(name: str, kind: pa.DataType) -> Any:
    """Return the class that a text names, or None if it does not name a value of the type."""
    try:
        (value,) = to_python(_as_kind(from_python([name], pa.large_string()), kind))
    except pa.ArrowInvalid:
        return None
    return value


def _as_kind(column: pa.Array, kind: pa.DataType) -> pa.Array:
    text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    if column_kind(kind) == "category" and not pa.types.is_boolean(kind):
        return as_type(column, kind)
    if text:
        return column.cast(kind)
    if pa.types.is_boolean(column.type) and not pa.types.is_boolean(kind):
        return column.cast(pa.uint8()).cast(kind)
    return as_type(column, kind)


def _require_exact(values: pa.Array, kind: pa.DataType) -> None:
    """Refuse whole numbers that are compared as doubles, and may have been rounded to equal ones."""
    if not pa.types.is_floating(values.type) or pa.types.is_floating(kind):
        return
    large = np.abs(to_numpy(values, 0.0)) >= _EXACT
    if large.any():
        raise pa.ArrowInvalid(f"float64 does not hold all whole numbers beyond {_EXACT:.0f}")
