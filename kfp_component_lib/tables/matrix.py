"""Columns that a model reads: finite numbers, as a matrix."""

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


def feature_matrix(block: pa.RecordBatch, features: Sequence[str], owner: str) -> Floats:
    """Return columns of a block as a matrix.

    Args:
        block: Rows that have the columns.
        features: Names of numeric or boolean columns.
        owner: Component that asks, for the error message.

    Returns:
        float64 array of shape (n_rows, n_features), finite.

    Raises:
        DataError: If a value is null, NaN or infinite.
    """
    matrix = np.empty((block.num_rows, len(features)))
    for n, name in enumerate(features):
        matrix[:, n] = finite_column(block, name, owner)
    return matrix


def finite_column(block: pa.RecordBatch, name: str, owner: str) -> Floats:
    """Return a column of a block, for which finite numbers are required.

    Args:
        block: Rows that have the column.
        name: Name of a numeric or boolean column.
        owner: Component that asks, for the error message.

    Returns:
        float64 array of shape (n_rows,), finite. It may share the block's memory, so it is not to
        be changed.

    Raises:
        DataError: If a value is null, NaN or infinite.
    """
    column = numbers(block[name])
    bad = len(column) - int(np.count_nonzero(np.isfinite(column)))
    got = f"{bad} null, NaN or infinite values in column {name!r}"
    fix = "Impute them with fit_transform_features"
    check(not bad, f"{owner}.features", "be finite", got, fix)
    return column


def require_numeric(table: Table, features: Sequence[str], owner: str) -> None:
    """Refuse features that are missing or no numbers.

    Args:
        table: The table they are to be columns of.
        features: Their names.
        owner: Component that asks, for the error message.

    Raises:
        DataError: If there is none, one is missing, or one is neither numeric nor boolean.
    """
    check(features, f"{owner}.features", "name a column", list(features), "Name at least one")
    table.require(features, f"{owner}.features")
    for name in features:
        kind = table.schema.field(name).type
        numeric = column_kind(kind) == "number" or pa.types.is_boolean(kind)
        fix = "Encode it with fit_transform_features"
        check(numeric, f"{owner}.features", "be numeric", f"{name}: {kind}", fix)
