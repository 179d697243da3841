"""A linear model as a folder: model.json says what it is, coefficients.npy holds its numbers."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kfp_component_lib.errors import DataError, check
from kfp_component_lib.files import StrPath, replacing
from kfp_component_lib.tables import Table, column_kind, numbers

__all__ = ["LinearModel", "feature_matrix", "finite_column", "load_model", "save_model"]

Floats = npt.NDArray[np.float64]
_FORMAT = "kfp_component_lib/linear-model/1"


@dataclass(frozen=True)
class LinearModel:
    """A ridge or logistic regression.

    Attributes:
        task: `regression` or `classification`.
        label: Name of the column it predicts.
        features: Names of the columns it reads, in the order of the coefficients.
        coefficients: float64 array of shape (n_features,).
        intercept: What is added to the weighted sum.
        classes: For a classification the two classes; the probability is that of the second.
        label_type: Arrow type of the label, as text.
    """

    task: str
    label: str
    features: tuple[str, ...]
    coefficients: Floats
    intercept: float
    classes: tuple[Any, ...] = ()
    label_type: str = "double"

    def scores(self, features: Floats) -> Floats:
        """Return the weighted sums for features of shape (n, n_features), of shape (n,)."""
        sums: Floats = features @ self.coefficients + self.intercept
        return sums


def save_model(model: LinearModel, path: StrPath) -> None:
    """Write a model as a folder.

    Args:
        model: The model.
        path: Where the folder shall be; it is complete or not there.

    Raises:
        OSError: If the folder cannot be written.
    """
    stated = {**asdict(model), "format": _FORMAT}
    del stated["coefficients"]
    with replacing(path) as partial:
        partial.mkdir()
        (partial / "model.json").write_text(json.dumps(stated, indent=2), encoding="utf-8")
        np.save(partial / "coefficients.npy", model.coefficients)


def load_model(path: str | os.PathLike[str]) -> LinearModel:
    """Read a model back.

    Args:
        path: Folder that `save_model` wrote.

    Returns:
        The model.

    Raises:
        DataError: If the folder holds no such model.
    """
    fix = "Train one with train_linear_model"
    try:
        stated = json.loads((Path(path) / "model.json").read_text(encoding="utf-8"))
        coefficients = np.load(Path(path) / "coefficients.npy", allow_pickle=False)
    except (OSError, ValueError) as error:
        rule = "be a folder with model.json and coefficients.npy"
        raise DataError(f"model must {rule}, got {str(path)!r} ({error}). {fix}.") from error
    kind = stated.pop("format", None)
    check(kind == _FORMAT, "model.format", f"be {_FORMAT!r}", kind, fix)
    for name in ("features", "classes"):
        stated[name] = tuple(stated[name])
    return LinearModel(coefficients=coefficients, **stated)


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
