"""Ridge and logistic regression, fitted in several passes over the rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from kfp_component_lib.errors import check
from kfp_component_lib.files import StrPath
from kfp_component_lib.models import LinearModel, save_model
from kfp_component_lib.statistics.moments import Spread, means
from kfp_component_lib.tables.arrays import to_python
from kfp_component_lib.tables.matrix import finite_column, require_numeric
from kfp_component_lib.tables.reading import Table, open_table
from kfp_component_lib.training.labels import find_classes
from kfp_component_lib.training.logistic import LogisticRows, fit_logistic
from kfp_component_lib.training.systems import products, solve

__all__ = ["train_linear_model"]

Floats = npt.NDArray[np.float64]
_FIELD = "train_linear_model"
_TASKS = ("regression", "classification")


def train_linear_model(
    source: StrPath,
    out_model: StrPath,
    label: str,
    task: str = "regression",
    l2: float = 1.0,
    features: Sequence[str] = (),
) -> dict[str, float]:
    """Fit a linear model and write it as a folder.

    Memory is that of one block of rows and of n_features squared numbers. A regression reads the
    rows once, a classification about eight times. There is no randomness.

    Args:
        source: Parquet file or folder.
        out_model: Path of the model.
        label: Column to predict: numeric, or for a classification with two values, which are
            booleans, numbers or texts.
        task: `regression` (ridge) or `classification` (logistic).
        l2: Weight of the squared coefficients, at least 0; the intercept is not penalised. It is
            `alpha` of scikit-learn's Ridge and `1 / C` of its LogisticRegression.
        features: Feature columns, numeric and finite; if empty, all columns but the label.

    Returns:
        `rows`, `features`, `passes` over the rows, and for the training rows `r2` (except for a
        constant label) and `rmse`, or `log_loss`.

    Raises:
        DataError: If an argument, a column or a value is not valid, the table is empty, the label
            has only one class, or there is no unique solution.
        OSError: If the model cannot be written.
    """
    check(task in _TASKS, f"{_FIELD}.task", f"be one of {_TASKS}", task, "Choose one")
    check(0 <= l2 < np.inf, f"{_FIELD}.l2", "be at least 0 and finite", l2, "For example 1.0")
    table = open_table(source, f"{_FIELD}.data")
    table.require([label], f"{_FIELD}.label")
    features = tuple(features) or tuple(name for name in table.schema.names if name != label)
    require_numeric(table, features, f"{_FIELD}.features")
    check(label not in features, f"{_FIELD}.features", "not name the label", label, "Remove it")
    check(table.rows, f"{_FIELD}.data", "have rows", table.rows, "Check the step before")
    fit = _fit_ridge if task == "regression" else _fit_logistic
    model, metrics = fit(table, label, features, l2)
    save_model(model, out_model)
    return {"rows": table.rows, "features": len(features), **metrics}


def _fit_ridge(
    table: Table, label: str, features: tuple[str, ...], l2: float
) -> tuple[LinearModel, dict[str, float]]:
    """Solve (X'X + l2 I) w = X'y of centred columns.

    Source:
        Hoerl and Kennard 1970, equation 2.1.
    """
    require_numeric(table, [label], f"{_FIELD}.label")
    spread = Spread()
    for matrix in _labelled(table, label, features):
        spread = spread.merge(_spread(matrix))
    mean, scatter = spread.mean, spread.m2
    held = np.isfinite(scatter.diagonal())
    wide = [name for name, fits in zip((*features, label), held, strict=True) if not fits]
    fix = "Scale the features with fit_transform_features, and the label by a constant"
    check(not wide, f"{_FIELD}.data", "have columns whose squares float64 can hold", wide, fix)
    gram, right, total = scatter[:-1, :-1], scatter[:-1, -1], scatter[-1, -1]
    weights = solve(gram + l2 * np.eye(len(features)), right, f"{_FIELD}.l2")
    model = LinearModel("regression", label, features, weights, mean[-1] - mean[:-1] @ weights)
    residual = max(float(total - 2 * right @ weights + weights @ gram @ weights), 0.0)
    metrics = {"passes": 1, "rmse": float(np.sqrt(residual / table.rows))}
    return model, {**metrics, "r2": float(1 - residual / total)} if total > 0 else metrics


def _labelled(table: Table, label: str, features: Sequence[str]) -> Iterator[Floats]:
    """Yield blocks as matrices of shape (n_features + 1, n), the label being the last row."""
    fields = {**dict.fromkeys(features, f"{_FIELD}.features"), label: f"{_FIELD}.label"}
    for block in table.blocks(list(fields)):
        yield np.stack([finite_column(block, *pair) for pair in fields.items()])


def _spread(matrix: Floats) -> Spread:
    """Return means and centred products of a matrix with a column of a table in each row.

    The matrix is overwritten.
    """
    mean = means(matrix)
    matrix -= mean[:, np.newaxis]
    return Spread(matrix.shape[1], mean, products(matrix, matrix))


def _fit_logistic(
    table: Table, label: str, features: tuple[str, ...], l2: float
) -> tuple[LinearModel, dict[str, float]]:
    classes = find_classes(table, label, 2, f"{_FIELD}.label")
    fit = fit_logistic(LogisticRows(table, features, label, classes[1]), l2)
    weights, intercept = fit.weights[:-1], float(fit.weights[-1])
    names = tuple(to_python(classes))
    kind = str(classes.type)
    model = LinearModel("classification", label, features, weights, intercept, names, kind)
    return model, {"passes": fit.passes + 1, "log_loss": fit.log_loss / table.rows}
