"""How good predicted classes and probabilities are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kfp_component_lib.errors import DataError, check
from kfp_component_lib.evaluation.ranking import RocCurve, ScoreBins, roc_curve
from kfp_component_lib.files import StrPath, write_text
from kfp_component_lib.reports.charts import line_chart
from kfp_component_lib.reports.html import Markup, page, paragraph, section, table
from kfp_component_lib.tables.arrays import column_kind, decoded, numbers, to_numpy, to_python
from kfp_component_lib.tables.reading import Table, open_table

__all__ = ["ClassificationResult", "RocCurve", "evaluate_classification", "roc_curve"]

Floats = npt.NDArray[np.float64]
_FIELD = "evaluate_classification"
_MAX_CLASSES = 100
_ROC_POINTS = 200


@dataclass(frozen=True)
class ClassificationResult:
    """What an evaluation found; all numbers are finite.

    Attributes:
        metrics: Figures by name; those that the data does not define are left out.
        classes: Names of the classes, ordered.
        confusion: Rows per true (first index) and predicted class.
        roc: The curve, without points where it is not defined.
    """

    metrics: dict[str, float]
    classes: list[str]
    confusion: list[list[int]]
    roc: RocCurve


def evaluate_classification(
    source: StrPath,
    out_html: StrPath,
    label: str,
    prediction: str = "prediction",
    probability: str = "probability",
    positive_class: str = "",
) -> ClassificationResult:
    """Compare predicted classes and probabilities with the true classes.

    The rows are read twice, in memory that does not grow with them. Up to 131,072 different
    probabilities in either class the area below the ROC curve is exact; beyond, they are ranked in
    as many bins, and `roc.auc_error`, which the page names, says how much it can be off.

    Args:
        source: Parquet file or folder, such as batch_predict writes.
        out_html: Where the page shall be.
        label: Column of true classes, without nulls.
        prediction: Column of predicted classes, without nulls.
        probability: Column of the positive class's probability; if there is none, what needs it
            is left out.
        positive_class: The positive class, as text; if empty, the larger one of two.

    Returns:
        `rows`, `accuracy`; where there are two classes `precision`, `recall`, `f1` (0 where
        nothing was predicted or true), and with probabilities `auc` (if both classes occur),
        `log_loss` and `brier_score`. Probabilities are clipped by 2^-52 for the log loss.

    Raises:
        DataError: If a column is missing, a value is null or no probability, there are no rows,
            or more than 100 classes.
        OSError: If the page cannot be written.

    Source:
        Fawcett, An introduction to ROC analysis, 2006: algorithms 1 and 2.
    """
    rows = open_table(source, f"{_FIELD}.predictions")
    rows.require([label], f"{_FIELD}.label")
    rows.require([prediction], f"{_FIELD}.prediction")
    check(rows.rows, f"{_FIELD}.predictions", "have rows", rows.rows, "Check the step before")
    scored = probability in rows.schema.names
    pairs = _count_pairs(rows, label, prediction)
    classes = _ordered({value for pair in pairs for value in pair})
    positive = _positive(classes, positive_class)
    confusion = [[pairs.get((true, found), 0) for found in classes] for true in classes]
    metrics = {"rows": float(rows.rows), **_counted(confusion, classes, positive)}
    curve = RocCurve([], [], [], None)
    if scored and positive is not None:
        # Where labels have another type than predictions, their own value of this class.
        own = next((true for true, _ in pairs if true == positive), None)
        figures, curve = _scored(rows, label, probability, own)
        metrics |= figures
    if curve.auc is not None:
        metrics["auc"] = curve.auc
    result = ClassificationResult(metrics, list(map(str, classes)), confusion, curve)
    write_text(out_html, _page(result))
    return result


def _count_pairs(rows: Table, label: str, prediction: str) -> dict[tuple[Any, Any], int]:
    counts: dict[tuple[Any, Any], int] = {}
    columns = [label] if label == prediction else [label, prediction]
    for block in rows.blocks(columns):
        for name in columns:
            nulls = block[name].null_count
            field = f"{_FIELD}.label" if name == label else f"{_FIELD}.prediction"
            check(not nulls, field, "have no nulls", f"{nulls} in {name!r}", "Drop these rows")
        for pair, count in _pairs(block[label], block[prediction]).items():
            counts[pair] = counts.get(pair, 0) + count
        found = len({value for pair in counts for value in pair})
        rule = f"have at most {_MAX_CLASSES} classes"
        check(found <= _MAX_CLASSES, f"{_FIELD}.label", rule, found, "Use evaluate_regression")
    return counts


def _pairs(labels: pa.Array, predictions: pa.Array) -> dict[tuple[Any, Any], int]:
    """Return how many rows have which label and which prediction; neither has nulls."""
    true, found = (decoded(column).dictionary_encode() for column in (labels, predictions))
    classes = to_python(true.dictionary), to_python(found.dictionary)
    width = max(len(classes[1]), 1)
    codes = to_numpy(true.indices, 0).astype(np.int64) * width + to_numpy(found.indices, 0)
    numbered = zip(*np.unique(codes, return_counts=True), strict=True)
    return {(classes[0][n // width], classes[1][n % width]): int(count) for n, count in numbered}


def _ordered(values: set[Any]) -> list[Any]:
    kinds = {type(value) for value in values}
    return sorted(values) if len(kinds) == 1 or kinds <= {int, float} else sorted(values, key=str)


def _positive(classes: Sequence[Any], wanted: str) -> Any:
    """Return the positive class, None where it is not clear which one it is."""
    if not wanted:
        return classes[1] if len(classes) == 2 else None
    named = {str(value): value for value in classes}
    fix = f"The classes are {sorted(named)}"
    check(wanted in named, f"{_FIELD}.positive_class", "be a class that occurs", wanted, fix)
    return named[wanted]


def _counted(confusion: list[list[int]], classes: Sequence[Any], positive: Any) -> dict[str, float]:
    matrix = np.array(confusion)
    metrics = {"accuracy": float(np.trace(matrix) / matrix.sum())}
    if positive is None:
        return metrics
    index = classes.index(positive)
    hits = int(matrix[index, index])
    predicted, true = int(matrix[:, index].sum()), int(matrix[index].sum())
    return {
        **metrics,
        "precision": hits / predicted if predicted else 0.0,
        "recall": hits / true if true else 0.0,
        "f1": 2 * hits / (predicted + true) if predicted + true else 0.0,
    }


def _scored(
    rows: Table, label: str, probability: str, positive: Any
) -> tuple[dict[str, float], RocCurve]:
    """Return log loss and Brier score by name, and the curve."""
    rows.require([probability], f"{_FIELD}.probability")
    kind = rows.schema.field(probability).type
    check(column_kind(kind) == "number", f"{_FIELD}.probability", "be numeric", kind, "Choose one")
    bins, log_loss, brier = ScoreBins(), 0.0, 0.0
    for block in rows.blocks([label, probability]):
        truth, scores = _equals(block[label], positive), numbers(block[probability])
        if not (scores.min() >= 0 and scores.max() <= 1):
            _refuse_scores(rows, probability)
        bins.add(truth, scores)
        log_loss += _log_loss(truth, scores)
        brier += _brier(truth, scores)
    figures = {"log_loss": log_loss / rows.rows, "brier_score": brier / rows.rows}
    return figures, bins.curve(_ROC_POINTS)


def _refuse_scores(rows: Table, probability: str) -> NoReturn:
    bad: list[float] = []
    for block in rows.blocks([probability]):
        scores = numbers(block[probability])
        bad += scores[~((scores >= 0) & (scores <= 1))][:3].tolist()
        if len(bad) >= 3:
            break
    rule = "be between 0 and 1, without null or NaN"
    raise DataError(f"{_FIELD}.probability", rule, bad[:3], "Correct these rows")


def _equals(column: pa.Array, value: Any) -> npt.NDArray[np.bool_]:
    """Return where a column without nulls has a value, given as `to_python` does."""
    encoded = decoded(column).dictionary_encode()
    equal = np.array([entry == value for entry in to_python(encoded.dictionary)], np.bool_)
    chosen: npt.NDArray[np.bool_] = equal[to_numpy(encoded.indices, 0)]
    return chosen


def _log_loss(truth: npt.NDArray[np.bool_], scores: Floats) -> float:
    """Return the sum over the rows."""
    eps = np.finfo(np.float64).eps
    chances = np.clip(scores, eps, 1 - eps)
    # The chance itself where it is true, one minus it elsewhere.
    np.abs(np.subtract(~truth, chances, out=chances), out=chances)
    return -float(np.log(chances, out=chances).sum())


def _brier(truth: npt.NDArray[np.bool_], scores: Floats) -> float:
    """Return the sum over the rows."""
    errors = scores - truth
    return float(np.multiply(errors, errors, out=errors).sum())


def _page(result: ClassificationResult) -> Markup:
    rows = [(name, *counts) for name, counts in zip(result.classes, result.confusion, strict=True)]
    curve = result.roc
    plot = (
        line_chart(f"ROC curve, area {curve.auc:.4f}", curve.fpr, curve.tpr)
        if curve.auc is not None
        else paragraph("Not defined: it needs probabilities, and rows of two classes.")
    )
    bound = f"Its area is off by at most {curve.auc_error:.2g}: near scores share a bin."
    return page(
        "Classification",
        table("Figures", ("figure", "value"), list(result.metrics.items())),
        section(
            "ROC curve: true positive rate over false positive rate",
            plot,
            *([paragraph(bound)] if curve.auc_error else []),
        ),
        section(
            "Confusion matrix",
            table("Rows: true class; columns: predicted", ("true class", *result.classes), rows),
        ),
    )
