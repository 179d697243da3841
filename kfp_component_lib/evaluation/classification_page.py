"""The page that shows the result of evaluating classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from kfp_component_lib.evaluation.ranking import RocCurve
from kfp_component_lib.evaluation.scores import Calibration
from kfp_component_lib.reports.charts import Axis, Plot
from kfp_component_lib.reports.html import (
    Markup,
    facts,
    page,
    paragraph,
    section,
    shaded,
    show,
    side_by_side,
    table,
)

__all__ = ["ClassificationResult", "result_page"]

_MOST_CURVES = 10
_WORDS = {
    "rows": "rows",
    "accuracy": "accuracy: share of the rows whose class is predicted correctly",
    "macro_precision": "precision, mean over the classes",
    "macro_recall": "recall, mean over the classes",
    "macro_f1": "F1, mean over the classes",
    "weighted_f1": "F1, mean over the rows",
    "precision": "precision: share of the predicted positives that are positive",
    "recall": "recall: share of the positives that are predicted",
    "f1": "F1: harmonic mean of precision and recall",
    "auc": "area below the ROC curve",
    "macro_auc": "area below the ROC curve, mean over the classes",
    "average_precision": "average precision",
    "best_f1": "highest F1 of any threshold",
    "best_threshold": "threshold of the highest F1",
    "log_loss": "log loss",
    "brier_score": "Brier score: mean squared error of the probabilities",
    "calibration_error": "calibration error: mean distance from the diagonal",
}


@dataclass
class ClassificationResult:
    """The result of an evaluation; all numbers are finite.

    Attributes:
        metrics: Metrics by name; those that the data does not define are left out.
        classes: Names of the classes, in order.
        confusion: Number of rows by true class (first index) and predicted class, or the sum of
            their weights.
        roc: The curve; it has no points if it is not defined.
        calibration: How often predictions come true, if there are probabilities.
        areas: Area below the ROC curve of each class against the others, if there are more than
            two.
        curves: Curves of each class against the others, if there are more than two.
        about: Known facts about the data and the model, by name.
        counted: What the figures are of, in words.
    """

    metrics: dict[str, float]
    classes: list[str]
    confusion: list[list[float]]
    roc: RocCurve
    calibration: Calibration | None = None
    areas: dict[str, float | None] = field(default_factory=dict)
    curves: dict[str, RocCurve] = field(default_factory=dict)
    about: dict[str, object] = field(default_factory=dict)
    counted: str = "Of all rows"


def result_page(result: ClassificationResult) -> Markup:
    """Return the result as an HTML document."""
    figures = [(_WORDS[name], value) for name, value in result.metrics.items()]
    return page(
        "Classification",
        facts({**result.about, "rows": int(result.metrics["rows"])}),
        section("Figures", table(result.counted, ("figure", "value"), figures[1:])),
        section("Probabilities", *_curves(result)),
        section("Confusion matrix", _confusion(result.classes, result.confusion)),
        section("Classes", _per_class(result)),
    )


def _curves(result: ClassificationResult) -> list[Markup]:
    return _curves_of_many(result) if result.curves else _curves_of_one(result)


def _curves_of_many(result: ClassificationResult) -> list[Markup]:
    """Return both curves of the classes with most rows, each against all others."""
    rows = dict(zip(result.classes, map(sum, result.confusion), strict=True))
    defined = [name for name, curve in result.curves.items() if curve.auc is not None]
    shown = sorted(defined, key=lambda name: -rows[name])[:_MOST_CURVES]
    total, content = sum(rows.values()), []
    for name in shown:
        charts = _roc_and_pr(result.curves[name], rows[name] / total)
        content += [paragraph(f"Class {name}"), side_by_side(*charts)]
    left_out = len(result.curves) - len(shown)
    more = f"{left_out} more classes have fewer rows, or no curve because all or no rows have them."
    note = "Each class against all others. Dashed: the result of chance."
    return [paragraph(note), *content, *([paragraph(more)] if left_out else [])]


def _roc_and_pr(curve: RocCurve, share: float) -> tuple[Markup, Markup]:
    """Return the ROC and the precision-recall curve of a class that has a share of the rows."""
    roc = Plot(
        f"ROC curve, area {curve.auc:.4f}",
        Axis("false positive rate"),
        Axis("true positive rate"),
    )
    pr = Plot(
        f"Precision over recall, average precision {curve.average_precision:.4f}",
        Axis("recall"),
        Axis("precision"),
    )
    return (
        roc.line([0, 1], [0, 1], "guide").line(curve.fpr, curve.tpr).markup(),
        pr.line([0, 1], [share, share], "guide").line(curve.tpr, curve.precision).markup(),
    )


def _curves_of_one(result: ClassificationResult) -> list[Markup]:
    curve = result.roc
    if curve.auc is None:
        missing = (
            "The curves need the probability of a positive class, and rows both inside and outside "
            "that class."
        )
        return [paragraph(missing)]
    true = sum(result.confusion[result.classes.index(str(result.about["positive class"]))])
    share = true / sum(map(sum, result.confusion))
    charts = [
        *_roc_and_pr(curve, share),
        *([_calibration(result.calibration)] if result.calibration else []),
    ]
    note = (
        "Dashed: the result of chance, and of a perfectly calibrated probability. Each dot of the "
        "calibration is a tenth of the probability range."
    )
    bound = (
        f"The area below the ROC curve is off by at most {curve.auc_error:.2g}, because scores "
        "that are close together share a bin."
    )
    bounds = [paragraph(bound)] if curve.auc_error else []
    return [side_by_side(*charts), paragraph(note), *bounds]


def _calibration(calibration: Calibration) -> Markup:
    x, y = calibration.points()
    label = f"Calibration, error {calibration.error:.4f}"
    plot = Plot(label, Axis("predicted probability"), Axis("share of positives"))
    return plot.line([0, 1], [0, 1], "guide").line(x, y).dots(x, y).markup()


def _confusion(classes: Sequence[str], confusion: Sequence[Sequence[float]]) -> Markup:
    rows = []
    for name, counts in zip(classes, confusion, strict=True):
        total = sum(counts) or 1
        rows.append((name, *(shaded(f"{show(n)} ({n / total:.1%})", n / total) for n in counts)))
    caption = "Rows: true class; columns: predicted class; percentages are shares of the true class"
    return table(caption, ("true class", *classes), rows)


def _per_class(result: ClassificationResult) -> Markup:
    rows_or_weight = "weight" if "weight" in result.about else "rows"
    header = ["class", rows_or_weight, "predicted", "precision", "recall", "F1"]
    header += ["area below the ROC curve"] if result.areas else []
    rows = []
    for n, name in enumerate(result.classes):
        hits, true = result.confusion[n][n], sum(result.confusion[n])
        found = sum(counts[n] for counts in result.confusion)
        precision, recall = (hits / side if side else None for side in (found, true))
        row: list[object] = [name, true, found, precision, recall, 2 * hits / (true + found)]
        rows.append([*row, *([result.areas[name]] if result.areas else [])])
    return table("Each class against the others", header, rows)
