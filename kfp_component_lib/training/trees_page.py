"""The page about fitted trees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kfp_component_lib.reports.charts import Axis, Plot
from kfp_component_lib.reports.html import Markup, bar, facts, page, paragraph, section, table

__all__ = ["trees_page"]

_WORDS = {
    "rows": "rows",
    "features": "features",
    "rounds": "rounds",
    "rmse": "root mean squared error",
    "r2": "R²: share of the label's variance that is explained",
    "log_loss": "log loss",
    "accuracy": "accuracy: share of the rows that is right",
    "validation_loss": "loss of the rows that were held out",
}


def trees_page(
    known: Mapping[str, object],
    metrics: Mapping[str, float],
    losses: Mapping[str, Sequence[float]],
    importance: Sequence[tuple[str, float]],
) -> Markup:
    """Return the page as an HTML document.

    Args:
        known: Facts about the data, by name.
        metrics: Metrics of the training rows, by name.
        losses: Loss before the first round and after each round, by the kind of rows.
        importance: Loss of score when a feature's values are shuffled, by the feature's name and
            largest first.
    """
    figures = [(_WORDS[name], value) for name, value in metrics.items()]
    widest = max((value for _, value in importance), default=0.0)
    rows = [
        (name, value, bar(max(value, 0.0) / widest if widest > 0 else 0.0))
        for name, value in importance
    ]
    caption = "How much worse the score of training rows is when a feature's values are shuffled"
    return page(
        "Gradient boosted trees",
        facts(known),
        section("Figures", table("Of the training rows", ("figure", "value"), figures)),
        section("Importance", table(caption, ("feature", "loss of score", ""), rows)),
        section("Loss", *_curves(losses)),
    )


def _curves(losses: Mapping[str, Sequence[float]]) -> list[Markup]:
    if not losses:
        return [paragraph("Without early stopping no loss is measured while trees grow.")]
    values = [value for side in losses.values() for value in side]
    rounds = max(len(side) for side in losses.values()) - 1
    top = max(values)
    y = Axis("loss", min(0.0, *values), top if top > 0 else 1.0)
    plot = Plot("Loss after each round", Axis("rounds", 0, max(rounds, 1)), y)
    for side, kind in zip(losses.values(), ("guide", "line"), strict=True):
        plot.line(range(len(side)), side, kind)
    note = "Dashed: rows that the trees grow by. Line: rows that were held out."
    return [plot.markup(), paragraph(note)]
