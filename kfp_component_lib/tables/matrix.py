"""The columns that a model reads, as a matrix of finite numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kfp_component_lib.errors import check
from kfp_component_lib.tables.arrays import column_kind, numbers
from kfp_component_lib.tables.reading import Table

__all__ = ["feature_matrix", "finite_column", "require_numeric"]

Floats = npt.NDArray[np.float64]


def feature_matrix(block: pa.RecordBatch, features: Sequence[str], field: str) -> Floats:
    """Return columns of a block as a matrix.

    Args:
        block: Rows that contain the columns.
        features: Names of numeric or boolean columns.
        field: Name of the input that names these columns, as `owner.field`.

    Returns:
        float64 array of shape (n_rows, n_features), finite.

    Raises:
        DataError: If a value is null, NaN or infinite.
    """
    matrix = np.empty((block.num_rows, len(features)))
    for n, name in enumerate(features):
        matrix[:, n] = finite_column(block, name, field)
    return matrix


def finite_column(block: pa.RecordBatch, name: str, field: str) -> Floats:
    """Return a column of a block, whose values must be finite numbers.

    Args:
        block: Rows that contain the column.
        name: Name of a numeric or boolean column.
        field: Name of the input that names this column, as `owner.field`.

    Returns:
        float64 array of shape (n_rows,), finite. It may share the memory of the block, so it must
        not be changed.

    Raises:
        DataError: If a value is null, NaN or infinite.
    """
    column = numbers(block[name])
    bad = len(column) - int(np.count_nonzero(np.isfinite(column)))
    got = f"{bad} null, NaN or infinite values in column {name!r}"
    check(not bad, field, "be finite", got, "Impute these values or drop their rows")
    return column


def require_numeric(
    table: Table, columns: Sequence[str], field: str, rule: str = "name a column that occurs once"
) -> None:
    """Refuse columns that are missing or do not hold numbers.

    Args:
        table: The table that must contain them.
        columns: Their names.
        field: Name of the input that names these columns, as `owner.field`.
        rule: What the field must do, as the words that follow "must".

    Raises:
        DataError: If no column is named, one is missing, or one is neither numeric nor boolean.
    """
    check(columns, field, "name a column", list(columns), "Name at least one")
    table.require(columns, field, rule)
    for name in columns:
        kind = table.schema.field(name).type
        numeric = column_kind(kind) == "number" or pa.types.is_boolean(kind)
        fix = "Name a column of numbers, or encode this one"
        check(numeric, field, "be numeric", f"{name}: {kind}", fix)
