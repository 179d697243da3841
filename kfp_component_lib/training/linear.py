"""Ridge and logistic regression, fitted in several passes over the rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kfp_component_lib.errors import check
from kfp_component_lib.files import StrPath, replacing_all
from kfp_component_lib.models import LinearModel, save_model
from kfp_component_lib.statistics.moments import Spread, means
from kfp_component_lib.tables.arrays import decoded, to_python
from kfp_component_lib.tables.matrix import finite_column, require_numeric
from kfp_component_lib.tables.reading import open_table
from kfp_component_lib.tables.weights import RowWeights
from kfp_component_lib.training.labels import find_classes
from kfp_component_lib.training.linear_page import linear_page
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
    weight_column: str = "",
    out_html: StrPath | None = None,
    about: Mapping[str, object] | None = None,
) -> dict[str, float]:
    """Fit a linear model and write it as a folder.

    Memory is that of one block of rows and of n_features squared numbers. A regression reads the
    rows once, a classification about nine times, and weights take one more pass. There is no
    randomness.

    Args:
        source: Parquet file or folder.
        out_model: Path of the model.
        label: Column to predict: numeric, or for a classification with two values, which are
            booleans, numbers or texts.
        task: `regression` (ridge) or `classification` (logistic).
        l2: Weight of the squared coefficients, at least 0; the intercept is not penalised. It is
            `alpha` of scikit-learn's Ridge and `1 / C` of its LogisticRegression.
        features: Feature columns, numeric and finite; if empty, all columns but the label and the
            weight.
        weight_column: Numeric column with the weight of each row, at least 0 and finite; if empty,
            every weight is 1. Rows with weight 0 are left out. A weight of 2 counts like two rows.
        out_html: Path of the page with the coefficients, or None for no page.
        about: More facts about the data for the page, by name.

    Returns:
        `rows` without those of weight 0, `features`, `passes` of the fit over the rows, and for the
        training rows `r2` (except for a constant label) and `rmse`, or `log_loss`, all weighted.

    Raises:
        DataError: If an argument, a column or a value is not valid, the table is empty, the label
            has only one class with a weight above 0, or there is no unique solution.
        OSError: If the model cannot be written.
    """
    check(task in _TASKS, f"{_FIELD}.task", f"be one of {_TASKS}", task, "Choose one")
    check(0 <= l2 < np.inf, f"{_FIELD}.l2", "be at least 0 and finite", l2, "For example 1.0")
    table = open_table(source, f"{_FIELD}.data")
    table.require([label], f"{_FIELD}.label")
    others = (label, weight_column)
    features = tuple(features) or tuple(name for name in table.schema.names if name not in others)
    require_numeric(table, features, f"{_FIELD}.features")
    check(label not in features, f"{_FIELD}.features", "not name the label", label, "Remove it")
    check(table.rows, f"{_FIELD}.data", "have rows", table.rows, "Check the step before")
    weights = RowWeights.of(table, weight_column, f"{_FIELD}.weight_column")
    fix = "Divide or multiply the weights by a constant"
    fits = np.isfinite(l2 / weights.unit)
    check(fits, f"{_FIELD}.weight_column", "not be negligible beside l2", weight_column, fix)
    fit = _fit_ridge if task == "regression" else _fit_logistic
    model, found, deviations = fit(weights, label, features, l2 / weights.unit)
    metrics = {"rows": weights.rows, "features": len(features), **found}
    known = {**(about or {}), **weights.facts(), "l2": float(l2)}
    outs = [out_model] if out_html is None else [out_model, out_html]
    with replacing_all(outs) as partials:
        save_model(model, partials[0])
        for partial in partials[1:]:
            markup = linear_page(known, metrics, model, deviations, _counted(weights))
            partial.write_text(markup, encoding="utf-8")
    return metrics


def _counted(weights: RowWeights) -> str:
    return weights.words().replace("all rows", "the training rows")


def _fit_ridge(
    weights: RowWeights, label: str, features: tuple[str, ...], l2: float
) -> tuple[LinearModel, dict[str, float], Floats]:
    """Solve (X'X + l2 I) w = X'y of centred columns.

    Source:
        Hoerl and Kennard 1970, equation 2.1.
    """
    require_numeric(weights.table, [label], f"{_FIELD}.label")
    fields = {**dict.fromkeys(features, f"{_FIELD}.features"), label: f"{_FIELD}.label"}
    spread = _spread_of(weights, fields)
    mean, scatter = spread.mean, spread.m2
    held = np.isfinite(scatter.diagonal())
    wide = [name for name, fits in zip((*features, label), held, strict=True) if not fits]
    fix = "Scale the features with fit_transform_features, and the label by a constant"
    check(not wide, f"{_FIELD}.data", "have columns whose squares float64 can hold", wide, fix)
    gram, right, total = scatter[:-1, :-1], scatter[:-1, -1], scatter[-1, -1]
    slopes = solve(gram + l2 * np.eye(len(features)), right, f"{_FIELD}.l2")
    model = LinearModel("regression", label, features, slopes, mean[-1] - mean[:-1] @ slopes)
    residual = max(float(total - 2 * right @ slopes + slopes @ gram @ slopes), 0.0)
    metrics = {"passes": 1, "rmse": float(np.sqrt(residual / spread.count))}
    metrics |= {"r2": float(1 - residual / total)} if total > 0 else {}
    return model, metrics, _deviations(spread)[:-1]


def _spread_of(weights: RowWeights, fields: Mapping[str, str]) -> Spread:
    """Return means and centred products of columns, given with the fields that name them."""
    spread = Spread()
    for matrix, counts in _matrices(weights, fields):
        spread = spread.merge(_spread(matrix, counts))
    return spread


def _matrices(
    weights: RowWeights, fields: Mapping[str, str]
) -> Iterator[tuple[Floats, Floats | None]]:
    """Yield blocks as matrices of shape (n_columns, n), and the weights of their rows."""
    for block, counts in weights.blocks(fields):
        yield np.stack([finite_column(block, *pair) for pair in fields.items()]), counts


def _spread(matrix: Floats, weights: Floats | None) -> Spread:
    """Return means and centred products of a matrix with a column of a table in each row.

    The matrix is overwritten.
    """
    mean = means(matrix)
    matrix -= mean[:, np.newaxis]
    if weights is None:
        return Spread(matrix.shape[1], mean, _squares(matrix, matrix))
    # Unlike a product of BLAS, this has the same bits on any number of cores.
    shift = np.einsum("ij,j->i", matrix, weights) / weights.sum()
    matrix -= shift[:, np.newaxis]
    return Spread(float(weights.sum()), mean + shift, _squares(matrix * weights, matrix))


def _squares(left: Floats, right: Floats) -> Floats:
    """Return the products of all pairs of rows; `products` takes two rows or more."""
    return products(left, right) if len(left) > 1 else np.array([[(left * right).sum()]])


def _deviations(spread: Spread) -> Floats:
    """Return the population standard deviation of each column."""
    found: Floats = np.sqrt(spread.m2.diagonal() / spread.count)
    return found


def _fit_logistic(
    weights: RowWeights, label: str, features: tuple[str, ...], l2: float
) -> tuple[LinearModel, dict[str, float], Floats]:
    classes = find_classes(weights.table, label, 2, f"{_FIELD}.label")
    _require_weight(weights, label, classes)
    fit = fit_logistic(LogisticRows(weights, features, label, classes[1]), l2)
    slopes, intercept = fit.weights[:-1], float(fit.weights[-1])
    names = tuple(to_python(classes))
    kind = str(classes.type)
    model = LinearModel("classification", label, features, slopes, intercept, names, kind)
    spread = _spread_of(weights, dict.fromkeys(features, f"{_FIELD}.features"))
    metrics = {"passes": fit.passes + 1, "log_loss": fit.log_loss / spread.count}
    return model, metrics, _deviations(spread)


def _require_weight(weights: RowWeights, label: str, classes: pa.Array) -> None:
    """Refuse a class all of whose rows have weight 0."""
    if not weights.column:
        return
    missing = set(to_python(classes))
    for block, _ in weights.blocks([label]):
        missing -= set(to_python(decoded(block[label]).unique()))
    rule, fix = "be above 0 in some row of each class", "Give these rows weight"
    got = f"0 in all rows of {sorted(missing)}"
    check(not missing, f"{_FIELD}.weight_column", rule, got, fix)
