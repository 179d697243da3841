"""How good predicted classes and probabilities are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kfp_component_lib.errors import check
from kfp_component_lib.files import StrPath, write_text
from kfp_component_lib.reports.charts import line_chart
from kfp_component_lib.reports.html import Markup, page, paragraph, section, table
from kfp_component_lib.tables import Table, column_kind, numbers, open_table

__all__ = ["ClassificationResult", "RocCurve", "evaluate_classification", "roc_curve"]

Floats = npt.NDArray[np.float64]
_FIELD = "evaluate_classification"
_MAX_CLASSES = 100
_ROC_POINTS = 200


@dataclass(frozen=True)
class RocCurve:
    """Points of a receiver operating characteristic, from (0, 0) to (1, 1).

    Attributes:
        fpr: False positive rates, ascending.
        tpr: True positive rates.
        thresholds: Scores from which on a row counts as positive, descending and finite.
        auc: Area below the full curve, ties counting half.
    """

    fpr: list[float]
    tpr: list[float]
    thresholds: list[float]
    auc: float | None


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

    Memory grows by 9 bytes per row, and by about 50 while the scores are sorted; without a column
    of probabilities it does not grow.

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
    rows = open_table(source, f"{_FIELD}.data")
    rows.require([label], f"{_FIELD}.label")
    rows.require([prediction], f"{_FIELD}.prediction")
    check(rows.rows, f"{_FIELD}.data", "have rows", rows.rows, "Check the step before")
    scored = probability in rows.schema.names
    pairs = _count_pairs(rows, label, prediction)
    classes = _ordered({value for pair in pairs for value in pair})
    positive = _positive(classes, positive_class)
    confusion = [[pairs.get((true, found), 0) for found in classes] for true in classes]
    metrics = {"rows": float(rows.rows), **_counted(confusion, classes, positive)}
    curve = RocCurve([], [], [], None)
    if scored and positive is not None:
        truth, scores = _scores(rows, label, probability, positive)
        curve = _thinned(roc_curve(truth, scores))
        metrics |= {"log_loss": _log_loss(truth, scores), "brier_score": _brier(truth, scores)}
    if curve.auc is not None:
        metrics["auc"] = curve.auc
    result = ClassificationResult(metrics, list(map(str, classes)), confusion, curve)
    write_text(out_html, _page(result))
    return result


def roc_curve(truth: npt.NDArray[np.bool_], scores: Floats) -> RocCurve:
    """Return the curve with one point per different score.

    Args:
        truth: bool array of shape (n,), True for the positive class.
        scores: float64 array of shape (n,), finite, higher for more positive.

    Returns:
        The curve; without points where truth is of one class. Its first threshold, above which
        there is no row, is the next double after the highest score.

    Source:
        Fawcett 2006, algorithm 1, and algorithm 2 for the area.
    """
    positives = int(truth.sum())
    negatives = len(truth) - positives
    if not positives or not negatives:
        return RocCurve([], [], [], None)
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    true_positives = np.cumsum(truth[order])[last]
    false_positives = last + 1 - true_positives
    tpr = np.append(0.0, true_positives / positives)
    fpr = np.append(0.0, false_positives / negatives)
    thresholds = np.append(np.nextafter(scores[order[0]], np.inf), scores[order[last]])
    area = float(np.sum(np.diff(fpr) * (tpr[1:] + tpr[:-1]) / 2))
    return RocCurve(fpr.tolist(), tpr.tolist(), thresholds.tolist(), area)


def _thinned(curve: RocCurve) -> RocCurve:
    """Keep at most `_ROC_POINTS` points, both ends among them: metadata has to stay small."""
    if len(curve.fpr) <= _ROC_POINTS:
        return curve
    kept = np.linspace(0, len(curve.fpr) - 1, _ROC_POINTS).round().astype(int)
    fpr, tpr, thresholds = (
        [side[i] for i in kept] for side in (curve.fpr, curve.tpr, curve.thresholds)
    )
    return RocCurve(fpr, tpr, thresholds, curve.auc)


def _count_pairs(rows: Table, label: str, prediction: str) -> dict[tuple[Any, Any], int]:
    counts: dict[tuple[Any, Any], int] = {}
    columns = [label] if label == prediction else [label, prediction]
    for block in rows.blocks(columns):
        for name in columns:
            nulls = block[name].null_count
            check(not nulls, f"{_FIELD}.data", "have no nulls", f"{nulls} in {name!r}", "Drop them")
        grouped = pa.Table.from_batches([block]).group_by(columns).aggregate([([], "count_all")])
        for row in grouped.to_pylist():
            pair = (row[label], row[prediction])
            counts[pair] = counts.get(pair, 0) + row["count_all"]
        found = len({value for pair in counts for value in pair})
        rule = f"have at most {_MAX_CLASSES} classes"
        check(found <= _MAX_CLASSES, f"{_FIELD}.label", rule, found, "Use evaluate_regression")
    return counts


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


def _scores(
    rows: Table, label: str, probability: str, positive: Any
) -> tuple[npt.NDArray[np.bool_], Floats]:
    rows.require([probability], f"{_FIELD}.probability")
    kind = rows.schema.field(probability).type
    check(column_kind(kind) == "number", f"{_FIELD}.probability", "be numeric", kind, "Choose one")
    truth, scores = np.empty(rows.rows, np.bool_), np.empty(rows.rows)
    start = 0
    for block in rows.blocks([label, probability]):
        part = slice(start, start + block.num_rows)
        truth[part] = _equals(block[label], positive)
        scores[part] = numbers(block[probability])
        start += block.num_rows
    bad = scores[~((scores >= 0) & (scores <= 1))]
    rule = "be between 0 and 1, without null or NaN"
    check(not len(bad), f"{_FIELD}.probability", rule, bad[:3].tolist(), "Correct these rows")
    return truth, scores


def _equals(column: pa.Array, value: Any) -> npt.NDArray[np.bool_]:
    if isinstance(column, pa.DictionaryArray):
        column = column.dictionary_decode()
    encoded = column.dictionary_encode()
    equal = np.array([entry == value for entry in encoded.dictionary.to_pylist()], np.bool_)
    chosen: npt.NDArray[np.bool_] = equal[encoded.indices.to_numpy()]
    return chosen


def _log_loss(truth: npt.NDArray[np.bool_], scores: Floats) -> float:
    eps = np.finfo(np.float64).eps
    clipped = np.clip(scores, eps, 1 - eps)
    return float(-np.log(np.where(truth, clipped, 1 - clipped)).mean())


def _brier(truth: npt.NDArray[np.bool_], scores: Floats) -> float:
    return float(((scores - truth) ** 2).mean())


def _page(result: ClassificationResult) -> Markup:
    rows = [(name, *counts) for name, counts in zip(result.classes, result.confusion, strict=True)]
    curve = result.roc
    plot = (
        line_chart(f"ROC curve, area {curve.auc:.4f}", curve.fpr, curve.tpr)
        if curve.auc is not None
        else paragraph("Not defined: it needs probabilities, and rows of two classes.")
    )
    return page(
        "Classification",
        table("Figures", ("figure", "value"), list(result.metrics.items())),
        section("ROC curve: true positive rate over false positive rate", plot),
        section(
            "Confusion matrix",
            table("Rows: true class; columns: predicted", ("true class", *result.classes), rows),
        ),
    )
