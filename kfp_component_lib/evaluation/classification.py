"""How good predicted classes and probabilities are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kfp_component_lib.errors import check
from kfp_component_lib.evaluation.classes import class_codes, class_kind, class_named
from kfp_component_lib.evaluation.classification_page import ClassificationResult, result_page
from kfp_component_lib.evaluation.ranking import RocCurve, ScoreBins
from kfp_component_lib.evaluation.scores import Calibration, log_losses, squared_errors
from kfp_component_lib.files import StrPath, write_text
from kfp_component_lib.tables.arrays import column_kind, numbers, value_text
from kfp_component_lib.tables.looks import check_looks
from kfp_component_lib.tables.reading import Table, open_table
from kfp_component_lib.tables.weights import RowWeights

__all__ = ["ClassificationResult", "evaluate_classification"]

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
_FIELD = "evaluate_classification"
_MAX_CLASSES = 100
_CURVE_POINTS = 200
_PROBABILITY = "probability"


def evaluate_classification(
    source: StrPath,
    out_html: StrPath,
    label: str,
    prediction: str = "prediction",
    probability: str = _PROBABILITY,
    positive_class: str = "",
    about: Mapping[str, object] | None = None,
    weight_column: str = "",
) -> ClassificationResult:
    """Compare predicted classes and probabilities with the true classes.

    The rows are read twice, and weights once more, in memory that does not grow with them. With up to 131,072 different
    probabilities in either class, the area below the ROC curve is exact. With more, they are ranked
    in that many bins, and `roc.auc_error`, which the page shows, bounds the error of the area. If
    there are more than two classes, they share these bins equally.

    Args:
        source: Parquet file or folder, such as batch_predict writes.
        out_html: Path of the page.
        label: Column with the true classes, without nulls.
        prediction: Column with the predicted classes, without nulls. Classes are compared by what
            they mean: 1, 1.0 and the text "1" are the same class.
        probability: Prefix of the columns `probability=CLASS`, each of which names its class, or a
            column with the probability of the positive class. Without either, the metrics that need
            probabilities are left out.
        positive_class: The positive class, as text; if empty, the larger of two classes.
        about: More facts about the data and the model that the page shows, by name.
        weight_column: Numeric column with the weight of each row, at least 0 and finite; if empty,
            every weight is 1. Rows with weight 0 are left out, and everything else but `rows` is
            weighted.

    Returns:
        `rows` without those of weight 0, `accuracy`, `macro_precision`, `macro_recall`, `macro_f1` and `weighted_f1`; with a
        positive class `precision`, `recall` and `f1` (0 where no row is predicted or no row is
        true); and with probabilities `auc`, `average_precision`, `best_f1` and `best_threshold` (if
        both the positive class and others occur), `log_loss`, `brier_score` and
        `calibration_error`. With more than two classes `log_loss`, and `macro_auc`, the mean area
        of each class against the others, if all of them occur. For the log loss, probabilities are
        clipped by 2^-52.
        Probabilities are clipped by 2^-52 for the log loss.

    Raises:
        DataError: If a column is missing, a value is null or not a probability, labels and
            predictions cannot be equal or have no class in common, two classes look the same, there
            are no rows or more than 100 classes, a weight is negative or not finite, all are 0 or
            their sum overflows float64, or the probability column does not belong to the positive
            class.
        OSError: If the page cannot be written.

    Source:
        Fawcett, An introduction to ROC analysis, 2006: algorithms 1 and 2.
    """
    rows = open_table(source, f"{_FIELD}.predictions")
    rows.require([label], f"{_FIELD}.label")
    rows.require([prediction], f"{_FIELD}.prediction")
    check(rows.rows, f"{_FIELD}.predictions", "have rows", rows.rows, "Check the previous step")
    weights = RowWeights.of(rows, weight_column, f"{_FIELD}.weight_column")
    pairs = _Pairs.counted(weights, label, prediction)
    scored = _score_columns(rows, pairs, probability)
    _require_comparable(pairs, scored)
    positive = _positive(pairs, scored, positive_class)
    confusion = pairs.confusion()
    metrics = {"rows": float(weights.rows), **_overall(confusion), **_of_positive(pairs, positive)}
    known = {"positive class": "none" if positive is None else value_text(positive)}
    result = ClassificationResult(
        metrics,
        [value_text(value) for value in pairs.classes],
        confusion.tolist(),
        RocCurve([], [], [], None),
        about={**(about or {}), "label": label, "prediction": prediction, **known},
        counted=weights.words(),
    )
    result.about |= weights.facts()
    if positive is not None:
        _score_one(weights, pairs, positive, scored.get(positive) or scored.get(None), result)
    elif all(value in scored for value in pairs.classes):
        _score_all(weights, pairs, scored, result)
    write_text(out_html, result_page(result))
    return result


@dataclass
class _Pairs:
    """The number of rows for each pair of true and predicted class, and how classes are read.

    With weights, it is the sum of the weights of these rows.
    """

    label: str
    prediction: str
    kind: pa.DataType
    counts: dict[tuple[Any, Any], float] = field(default_factory=dict)

    @classmethod
    def counted(cls, weights: RowWeights, label: str, prediction: str) -> _Pairs:
        true, found = (weights.table.schema.field(name).type for name in (label, prediction))
        pairs = cls(label, prediction, class_kind(true, found, f"{_FIELD}.prediction"))
        for block, counts in weights.blocks([label, prediction]):
            pairs.add(block, counts)
        if weights.column:
            pairs.counts = {pair: n * weights.unit for pair, n in pairs.counts.items()}
        return pairs

    def codes(self, block: pa.RecordBatch, name: str) -> tuple[npt.NDArray[np.int64], list[Any]]:
        field = f"{_FIELD}.{'label' if name == self.label else 'prediction'}"
        return class_codes(block[name], self.kind, field, name)

    def add(self, block: pa.RecordBatch, weights: Floats | None) -> None:
        (true, labels), (found, predictions) = (
            self.codes(block, name) for name in (self.label, self.prediction)
        )
        width = len(predictions)
        cells, places = np.unique(true * width + found, return_inverse=True)
        for n, count in zip(cells, np.bincount(places, weights).tolist(), strict=True):
            pair = (labels[n // width], predictions[n % width])
            self.counts[pair] = self.counts.get(pair, 0) + count
        number = len(self.classes)
        rule = f"have at most {_MAX_CLASSES} classes"
        check(number <= _MAX_CLASSES, f"{_FIELD}.label", rule, number, "Use evaluate_regression")

    @property
    def classes(self) -> list[Any]:
        """The classes that occur as labels or predictions, in order."""
        return sorted({value for pair in self.counts for value in pair})

    def confusion(self) -> npt.NDArray[Any]:
        """Return the rows or their weights by true class (first index) and predicted class.

        It is an array of int64, or with weights of float64.
        """
        classes = self.classes
        return np.array([[self.counts.get((a, b), 0) for b in classes] for a in classes])

    def are(self, block: pa.RecordBatch, name: str, values: Sequence[Any]) -> list[Bools]:
        """Return, for each class, a mask of the rows in which a column has it."""
        codes, classes = self.codes(block, name)
        return [
            np.array([known == value for known in classes], np.bool_)[codes] for value in values
        ]


def _score_columns(rows: Table, pairs: _Pairs, probability: str) -> dict[Any, str]:
    """Return the probability column of each class; the key None stands for an unnamed class."""
    names = [name for name in rows.schema.names if name.startswith(f"{probability}=")]
    columns = {class_named(name.partition("=")[2], pairs.kind): name for name in names}
    columns = {value: name for value, name in columns.items() if value is not None}
    own = probability in rows.schema.names
    field, fix = f"{_FIELD}.probability", f"The dataset has the columns {rows.schema.names}"
    found = own or columns or probability == _PROBABILITY
    check(found, field, "be the name of a column or a prefix of column names", probability, fix)
    columns |= {None: probability} if own else {}
    rows.require(columns.values(), field)
    for name in columns.values():
        kind = rows.schema.field(name).type
        check(column_kind(kind) == "number", field, "be numeric", f"{name}: {kind}", "Choose one")
    return columns


def _require_comparable(pairs: _Pairs, scored: Mapping[Any, str]) -> None:
    """Refuse predictions of other classes, or of classes that are written in another way.

    Of one true and one predicted class the other may be the one that does not occur.
    """
    true, found = ({pair[side] for pair in pairs.counts} for side in (0, 1))
    known = {*found, *(value for value in scored if value is not None)}
    sides = [sorted(map(value_text, values))[:5] for values in (true, known)]
    fix = (
        f"Write both in one way, or predict the classes of the label, {sides[0]}; a model that only "
        f"predicts others is known by its columns {_PROBABILITY}=CLASS, so keep these"
    )
    meet = not true.isdisjoint(known) or len(true) == len(known) == 1
    check(meet, f"{_FIELD}.prediction", "have classes of the label", sides[1], fix)
    check_looks(pairs.classes, f"{_FIELD}.label")


def _positive(pairs: _Pairs, scored: Mapping[Any, str], wanted: str) -> Any:
    """Return the positive class, or None if it is not clear which class that is."""
    known = sorted({*pairs.classes, *(value for value in scored if value is not None)})
    if not wanted:
        return known[1] if len(known) == 2 else None
    value, names = class_named(wanted, pairs.kind), [value_text(value) for value in known]
    fix = f"The classes are {names}"
    check(value in known, f"{_FIELD}.positive_class", "be a class that occurs", wanted, fix)
    return value


def _overall(confusion: npt.NDArray[Any]) -> dict[str, float]:
    """Return the accuracy, the scores of each class, and their averages."""
    hits, true, found = confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)
    precision, recall = (hits / np.where(side > 0, side, 1) for side in (found, true))
    f1 = 2 * hits / (true + found)
    return {
        "accuracy": float(hits.sum() / confusion.sum()),
        "macro_precision": float(precision.mean()),
        "macro_recall": float(recall.mean()),
        "macro_f1": float(f1.mean()),
        "weighted_f1": float(f1 @ true / true.sum()),
    }


def _of_positive(pairs: _Pairs, positive: Any) -> dict[str, float]:
    if positive is None:
        return {}
    hits = pairs.counts.get((positive, positive), 0)
    true, found = (
        sum(count for pair, count in pairs.counts.items() if pair[side] == positive)
        for side in (0, 1)
    )
    return {
        "precision": hits / found if found else 0.0,
        "recall": hits / true if true else 0.0,
        "f1": 2 * hits / (found + true) if found + true else 0.0,
    }


def _scores(block: pa.RecordBatch, name: str) -> Floats:
    scores = numbers(block[name])
    bad = scores[~((scores >= 0) & (scores <= 1))][:3].tolist()
    rule = "be between 0 and 1, without null or NaN"
    got, fix = f"{bad} in {name!r}", "Correct these rows"
    check(not bad, f"{_FIELD}.probability", rule, got, fix)
    return scores


def _score_one(
    weights: RowWeights,
    pairs: _Pairs,
    positive: Any,
    name: str | None,
    result: ClassificationResult,
) -> None:
    """Score the probabilities of the positive class, and add the scores to the result."""
    if name is None:
        return
    bins, losses, squares, calibration = ScoreBins(), 0.0, 0.0, Calibration()
    chosen = _Means()
    for block, counts in weights.blocks([pairs.label, pairs.prediction, name]):
        (truth,), scores = pairs.are(block, pairs.label, [positive]), _scores(block, name)
        chosen.add(pairs.are(block, pairs.prediction, [positive])[0], scores)
        bins.add(truth, scores, counts)
        calibration.add(truth, scores, counts)
        losses += log_losses(np.where(truth, scores, 1 - scores), counts)
        squares += squared_errors(truth, scores, counts)
    chosen.check_is_of(positive, name)
    curve = bins.curve(_CURVE_POINTS)
    figures = {
        "auc": curve.auc,
        "average_precision": curve.average_precision,
        "best_f1": curve.best_f1,
        "best_threshold": curve.best_threshold,
        "log_loss": losses / (weights.total / weights.unit),
        "brier_score": squares / (weights.total / weights.unit),
        "calibration_error": calibration.error,
    }
    result.metrics.update({key: value for key, value in figures.items() if value is not None})
    result.roc, result.calibration = curve, calibration
    result.about |= {"probability": name}


@dataclass
class _Means:
    """Sums of probabilities where the positive class is predicted (second) or not (first)."""

    rows: Floats = field(default_factory=lambda: np.zeros(2))
    sums: Floats = field(default_factory=lambda: np.zeros(2))

    def add(self, chosen: Bools, scores: Floats) -> None:
        self.rows += np.bincount(chosen, minlength=2)
        self.sums += np.bincount(chosen, scores, 2)

    def check_is_of(self, positive: Any, name: str) -> None:
        """Refuse probabilities that are lower where the class is predicted, so not its own."""
        if not self.rows.all():
            return
        elsewhere, there = (self.sums / self.rows).tolist()
        rule = f"be the probability of the positive class {value_text(positive)!r}"
        got = (
            f"{name!r}, on average {there:.3g} where it is predicted and {elsewhere:.3g} elsewhere"
        )
        fix = "Choose the other positive_class, or the column of this one"
        fits = there >= elsewhere - 1e-9
        check(fits, f"{_FIELD}.probability", rule, got, fix)


def _score_all(
    weights: RowWeights, pairs: _Pairs, scored: Mapping[Any, str], result: ClassificationResult
) -> None:
    """Score the probabilities of each class against all others."""
    classes = pairs.classes
    bins, losses = [ScoreBins.one_of(len(classes)) for _ in classes], 0.0
    names = [scored[value] for value in classes]
    for block, counts in weights.blocks([pairs.label, *names]):
        truths = pairs.are(block, pairs.label, classes)
        scores = [_scores(block, name) for name in names]
        losses += log_losses(_chosen(truths, scores), counts)
        for one, truth, score in zip(bins, truths, scores, strict=True):
            one.add(truth, score, counts)
    curves = [one.curve(_CURVE_POINTS) for one in bins]
    result.curves = dict(zip(result.classes, curves, strict=True))
    result.metrics["log_loss"] = losses / (weights.total / weights.unit)
    areas = [curve.auc for curve in curves if curve.auc is not None]
    result.areas = {name: curve.auc for name, curve in zip(result.classes, curves, strict=True)}
    if len(areas) == len(classes):
        result.metrics["macro_auc"] = float(np.mean(areas))


def _chosen(truths: Sequence[Bools], scores: Sequence[Floats]) -> Floats:
    """Return, for each row, the probability of its true class."""
    chosen = np.zeros(len(scores[0]))
    for truth, score in zip(truths, scores, strict=True):
        chosen[truth] = score[truth]
    return chosen
