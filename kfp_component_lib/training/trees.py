"""Fits gradient boosted trees to numbers, texts and missing values without preparation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.inspection import permutation_importance

from kfp_component_lib.errors import DataError, check
from kfp_component_lib.files import StrPath, replacing_all
from kfp_component_lib.tables.arrays import decoded, numbers, to_python, value_text
from kfp_component_lib.tables.reading import Table, open_table
from kfp_component_lib.training.labels import find_classes
from kfp_component_lib.training.trees_page import trees_page
from kfp_component_lib.tree_models import (
    TreeFeature,
    TreeModel,
    column_use,
    save_trees,
    tree_matrix,
)

__all__ = ["TreeOptions", "train_tree_model"]

Floats = npt.NDArray[np.float64]
_FIELD = "train_tree_model"
_TASKS = ("regression", "classification")
_MOST_VALUES = 255  # The number of bins of scikit-learn's trees.
_MOST_CLASSES = 100
_HELD_OUT = 0.1
_IMPORTANCE_ROWS, _IMPORTANCE_REPEATS = 5000, 3
_SEEDS = 2**32


@dataclass(frozen=True)
class TreeOptions:
    """How trees grow; except for the first, names and meanings are those of scikit-learn.

    Attributes:
        rounds: Largest number of rounds, scikit-learn's `max_iter`; each adds a tree, or with more
            than two classes one tree per class.
        learning_rate: Factor by which each tree's predictions are multiplied, above 0.
        max_leaf_nodes: Largest number of leaves of a tree, at least 2.
        min_samples_leaf: Smallest number of rows in a leaf.
        l2_regularization: Weight of the squared values of leaves, at least 0.
        early_stopping: Whether to hold out a tenth of the rows, and to stop after ten rounds that
            do not reduce their loss.
        seed: A different seed holds out different rows.
    """

    rounds: int = 100
    learning_rate: float = 0.1
    max_leaf_nodes: int = 31
    min_samples_leaf: int = 20
    l2_regularization: float = 0.0
    early_stopping: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse options with which no tree can grow."""
        rules = {
            "rounds": (self.rounds >= 1, "be at least 1"),
            "learning_rate": (0 < self.learning_rate < np.inf, "be above 0 and finite"),
            "max_leaf_nodes": (self.max_leaf_nodes >= 2, "be at least 2"),
            "min_samples_leaf": (self.min_samples_leaf >= 1, "be at least 1"),
            "l2_regularization": (0 <= self.l2_regularization < np.inf, "be at least 0 and finite"),
            "seed": (0 <= self.seed < _SEEDS, f"be between 0 and {_SEEDS - 1}"),
        }
        for name, (fits, rule) in rules.items():
            fix = f"The default is {getattr(TreeOptions, name)}"
            check(fits, f"{_FIELD}.{name}", rule, getattr(self, name), fix)


def train_tree_model(
    source: StrPath,
    out_model: StrPath,
    out_html: StrPath,
    label: str,
    task: str = "regression",
    features: Sequence[str] = (),
    weight_column: str = "",
    options: TreeOptions | None = None,
    about: Mapping[str, object] | None = None,
    order_by: str = "",
) -> dict[str, float]:
    """Fit gradient boosted trees and write them as a folder.

    Columns need no preparation: numbers may have any size, texts are categories, and a missing
    value is treated as a value of its own. All rows are held in memory, with about 30 bytes per row
    and feature.

    Args:
        source: Parquet file or folder.
        out_model: Path of the model, in the format of `tree_models.save_trees`.
        out_html: Path of the page with the loss by round and the importance of each feature.
        label: Column to predict: numeric and finite, or for a classification with up to 100 values,
            which are booleans, numbers or texts, without nulls.
        task: `regression` or `classification`.
        features: Feature columns: numbers, booleans, or texts with up to 255 different values; if
            empty, all columns but the label, the weight and `order_by`. Null and NaN are missing values.
        weight_column: Numeric column with the weight of each row, at least 0 and finite; if empty,
            every weight is 1. Rows with weight 0 are left out.
        options: How trees grow.
        about: Further facts about the data for the page, by name.
        order_by: Column by which the table was split, which is not a feature; if empty, there is
            none.

    Returns:
        `rows` without those of weight 0, `features`, `rounds`, and for the training rows `r2`
        (except for a constant label) and `rmse`, or `log_loss` and `accuracy`, all weighted; with
        early stopping also `validation_loss`, half the mean squared error or the log loss of the
        rows that were held out.

    Raises:
        DataError: If an argument, a column or a value is not valid, the table is empty, the label
            has only one class, or values too far from or too close to each other for float32, or
            there are too few rows to hold some out.
        OSError: If the model or the page cannot be written.

    Source:
        Ke et al., LightGBM: a highly efficient gradient boosting decision tree, 2017, as
        scikit-learn's HistGradientBoosting implements it.
    """
    options = options or TreeOptions()
    check(task in _TASKS, f"{_FIELD}.task", f"be one of {_TASKS}", task, "Choose one")
    table = open_table(source, f"{_FIELD}.data")
    check(table.rows, f"{_FIELD}.data", "have rows", table.rows, "Check the step before")
    table.require([label], f"{_FIELD}.label")
    table.require([order_by] if order_by else [], f"{_FIELD}.order_by")
    others = (label, weight_column, order_by)
    names = tuple(features) or tuple(n for n in table.schema.names if n not in others)
    fix = "Remove it from one of the two"
    both = not order_by or order_by not in names
    check(both, f"{_FIELD}.order_by", "not be a feature", order_by, fix)
    _check_features(table, names, label)
    classes = None
    if weight_column:
        _require_number(table, weight_column, f"{_FIELD}.weight_column")
    if task == "regression":
        _require_number(table, label, f"{_FIELD}.label")
    else:
        classes = find_classes(table, label, _MOST_CLASSES, f"{_FIELD}.label")
    learned = tuple(TreeFeature(name, _values(table, name)) for name in names)
    rows = _Rows.read(table, learned, label, classes, weight_column)
    _check_rows(rows, classes, options)
    trees = _grown(_estimator(task, learned, options), rows, names)
    kind = "double" if classes is None else str(classes.type)
    found = () if classes is None else tuple(to_python(classes))
    model = TreeModel(task, label, learned, trees, found, kind)
    metrics = {"rows": len(rows.labels), "features": len(names), **_metrics(trees, rows, task)}
    known = {**(about or {}), "label": label, "task": task, "weight": weight_column or "1 each"}
    markup = trees_page(known, metrics, _losses(trees), _importance(trees, rows, names, options))
    with replacing_all([out_model, out_html]) as (partial_model, partial_html):
        save_trees(model, partial_model)
        partial_html.write_text(markup, encoding="utf-8")
    return metrics


def _check_features(table: Table, names: tuple[str, ...], label: str) -> None:
    field = f"{_FIELD}.features"
    check(names, field, "name a column", list(names), "Name at least one")
    check(label not in names, field, "not name the label", label, "Remove it")
    table.require(names, field)
    check(len(set(names)) == len(names), field, "name each column once", list(names), "Remove one")
    for name in names:
        kind = table.schema.field(name).type
        fits = column_use(kind) != "other" or pa.types.is_null(kind)
        fix = "Leave it out of features, or cast it"
        check(fits, field, "be numbers, booleans or texts", f"{name}: {kind}", fix)


def _require_number(table: Table, name: str, field: str) -> None:
    table.require([name], field)
    kind = table.schema.field(name).type
    check(column_use(kind) == "number", field, "be numeric", f"{name}: {kind}", "Choose another")


def _values(table: Table, name: str) -> tuple[str, ...] | None:
    """Return the sorted values of a text column, or None for a number column."""
    if column_use(table.schema.field(name).type) != "text":
        return None
    found: set[str] = set()
    for block in table.blocks([name]):
        found.update(map(value_text, decoded(block[name]).drop_null().unique().to_pylist()))
        rule = f"have at most {_MOST_VALUES} values in a text column"
        got, fix = f"{len(found)} or more in {name!r}", "Leave it out of features"
        check(len(found) <= _MOST_VALUES, f"{_FIELD}.features", rule, got, fix)
    return tuple(sorted(found))


@dataclass(frozen=True)
class _Rows:
    """All rows: features of shape (n, k), labels or codes of classes, and weights, of shape (n,)."""

    inputs: Floats
    labels: Floats
    weights: Floats | None

    @classmethod
    def read(
        cls,
        table: Table,
        features: tuple[TreeFeature, ...],
        label: str,
        classes: pa.Array | None,
        weight: str,
    ) -> _Rows:
        inputs = np.empty((table.rows, len(features)))
        labels, weights, stop = np.empty(table.rows), np.ones(table.rows), 0
        names = [feature.name for feature in features]
        for block in table.blocks(
            list(dict.fromkeys([*names, label, *([weight] if weight else [])]))
        ):
            start, stop = stop, stop + block.num_rows
            inputs[start:stop] = tree_matrix(block, features, f"{_FIELD}.features")
            labels[start:stop] = _labels(block, label, classes)
            if weight:
                weights[start:stop] = _weights(block, weight)
        fix = "Give some rows a weight above 0"
        counts = weights > 0
        check(counts.any(), f"{_FIELD}.weight_column", "be above 0 in some rows", "0 in all", fix)
        if not counts.all():
            inputs, labels, weights = (side[counts] for side in (inputs, labels, weights))
        return cls(inputs, labels, weights if weight else None)


def _labels(block: pa.RecordBatch, label: str, classes: pa.Array | None) -> Floats:
    if classes is None:
        return _finite(block, label, f"{_FIELD}.label")
    encoded = decoded(block[label]).dictionary_encode()
    places = {value: n for n, value in enumerate(to_python(classes))}
    codes = np.array([places[value] for value in to_python(encoded.dictionary)], np.float64)
    return codes[numbers(encoded.indices).astype(np.intp)]


def _finite(block: pa.RecordBatch, name: str, field: str) -> Floats:
    found = numbers(block[name])
    bad = len(found) - int(np.count_nonzero(np.isfinite(found)))
    got = f"{bad} null, NaN or infinite values in {name!r}"
    check(not bad, field, "be finite", got, "Drop these rows")
    return found


def _weights(block: pa.RecordBatch, weight: str) -> Floats:
    found = _finite(block, weight, f"{_FIELD}.weight_column")
    bad = found[found < 0][:3].tolist()
    check(not bad, f"{_FIELD}.weight_column", "be at least 0", bad, "Correct these rows")
    return found


def _check_rows(rows: _Rows, classes: pa.Array | None, options: TreeOptions) -> None:
    """Refuse labels that trees cannot learn, and too few rows to hold out some of each class."""
    least, rarest = 1, 2
    if classes is None:
        _check_spread(rows.labels)
    else:
        least, counts = (
            len(classes),
            np.bincount(rows.labels.astype(np.intp), minlength=len(classes)),
        )
        rarest, name = int(counts.min()), classes[int(counts.argmin())].as_py()
        rule, fix = (
            "be above 0 in some row of each class",
            "Drop the rows of this class, or give them weight",
        )
        check(rarest, f"{_FIELD}.weight_column", rule, f"0 in all rows of {name!r}", fix)
    if not options.early_stopping:
        return
    held_out = int(np.ceil(len(rows.labels) * _HELD_OUT))
    got = (
        f"{len(rows.labels)} rows, and {rarest} of the rarest class"
        if classes is not None
        else len(rows.labels)
    )
    rule = "have enough rows to hold a tenth out, with two of each class"
    fits = len(rows.labels) > max(held_out, 1) and held_out >= least and rarest > 1
    check(fits, f"{_FIELD}.data", rule, got, "Say early_stopping=false")


def _check_spread(labels: Floats) -> None:
    """Refuse labels whose differences are lost in the float32 sums of scikit-learn's trees."""
    with np.errstate(over="ignore"):
        spread = float(labels.max() - labels.min())
    limits = np.finfo(np.float32)
    fits = spread == 0 or float(limits.tiny) <= spread <= float(limits.max)
    rule = f"have values that differ by {limits.tiny:.2g} to {limits.max:.2g}, or not at all"
    check(
        fits, f"{_FIELD}.label", rule, spread, "Multiply it by a number that brings it nearer to 1"
    )


def _estimator(task: str, features: tuple[TreeFeature, ...], options: TreeOptions) -> Any:
    kinds = {
        "regression": HistGradientBoostingRegressor,
        "classification": HistGradientBoostingClassifier,
    }
    return kinds[task](
        max_iter=options.rounds,
        # A pipeline passes 0.0 as 0.
        learning_rate=float(options.learning_rate),
        max_leaf_nodes=options.max_leaf_nodes,
        min_samples_leaf=options.min_samples_leaf,
        l2_regularization=float(options.l2_regularization),
        categorical_features=[feature.values is not None for feature in features],
        early_stopping=options.early_stopping,
        validation_fraction=_HELD_OUT,
        random_state=options.seed,
    )


def _grown(trees: Any, rows: _Rows, names: tuple[str, ...]) -> Any:
    """Fit trees; refuse features without values in the training rows, which scikit-learn needs."""
    known = np.count_nonzero(~np.isnan(rows.inputs), axis=0)
    field, fix = f"{_FIELD}.features", "Leave it out of features"
    empty = [name for name, count in zip(names, known.tolist(), strict=True) if not count]
    check(not empty, field, "have a value in some row", empty, fix)
    try:
        trees.fit(rows.inputs, rows.labels, rows.weights)
    except ValueError as error:
        rule, rarest = "have values in the rows that trees grow by", names[int(np.argmin(known))]
        raise DataError(
            field, rule, rarest, f"{fix}, or say early_stopping=false", error
        ) from error
    # It holds the number of cores of this machine, which does not belong to the model.
    trees._bin_mapper.n_threads = None
    return trees


def _metrics(trees: Any, rows: _Rows, task: str) -> dict[str, float]:
    metrics: dict[str, float] = {"rounds": int(trees.n_iter_)}
    if task == "regression":
        metrics |= _errors(trees.predict(rows.inputs), rows)
    else:
        chances, codes = trees.predict_proba(rows.inputs), rows.labels.astype(np.intp)
        chosen = np.clip(chances[np.arange(len(codes)), codes], np.finfo(np.float64).eps, 1)
        right = np.argmax(chances, axis=1) == codes
        metrics["log_loss"] = -float(np.average(np.log(chosen), weights=rows.weights))
        metrics["accuracy"] = float(np.average(right, weights=rows.weights))
    if trees.do_early_stopping_:
        metrics["validation_loss"] = -float(trees.validation_score_[-1])
    return metrics


def _errors(found: Floats, rows: _Rows) -> dict[str, float]:
    error = float(np.average(np.square(found - rows.labels), weights=rows.weights))
    mean = np.average(rows.labels, weights=rows.weights)
    variance = float(np.average(np.square(rows.labels - mean), weights=rows.weights))
    constant = rows.labels.min() == rows.labels.max()
    return {"rmse": float(np.sqrt(error)), **({} if constant else {"r2": 1 - error / variance})}


def _losses(trees: Any) -> dict[str, list[float]]:
    """Return the loss after each round for the training rows and for the rows held out."""
    if not trees.do_early_stopping_:
        return {}
    return {
        "training": (-trees.train_score_).tolist(),
        "held out": (-trees.validation_score_).tolist(),
    }


def _importance(
    trees: Any, rows: _Rows, names: tuple[str, ...], options: TreeOptions
) -> list[tuple[str, float]]:
    """Return the loss of score when each feature's values are shuffled, largest first.

    Source:
        Breiman, Random forests, 2001, section 10 (permutation importance).
    """
    rng = np.random.default_rng(options.seed)
    count = min(len(rows.labels), _IMPORTANCE_ROWS)
    chosen = np.sort(rng.choice(len(rows.labels), count, replace=False))
    found = permutation_importance(
        trees,
        rows.inputs[chosen],
        rows.labels[chosen],
        n_repeats=_IMPORTANCE_REPEATS,
        random_state=options.seed,
        sample_weight=None if rows.weights is None else rows.weights[chosen],
    )
    pairs = zip(names, found.importances_mean.tolist(), strict=True)
    return sorted(pairs, key=lambda pair: -pair[1])
