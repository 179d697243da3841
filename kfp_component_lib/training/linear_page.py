"""The page about a fitted linear model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from kfp_component_lib.models import LinearModel
from kfp_component_lib.reports.html import Markup, bar, facts, page, paragraph, section, table
from kfp_component_lib.tables.arrays import value_text

__all__ = ["linear_page"]

Floats = npt.NDArray[np.float64]
_MOST_ROWS = 200
_WORDS = {
    "rows": "rows",
    "features": "features",
    "passes": "passes over the rows",
    "rmse": "root mean squared error",
    "r2": "R²: share of the label's variance that is explained",
    "log_loss": "log loss",
}


def linear_page(
    known: Mapping[str, object],
    metrics: Mapping[str, float],
    model: LinearModel,
    deviations: Floats,
    counted: str,
) -> Markup:
    """Return the page as an HTML document.

    Args:
        known: Facts about the data, by name.
        metrics: Metrics of the training rows, by name.
        model: The fitted model.
        deviations: Standard deviation of each feature, float64 of shape (n_features,).
        counted: What the figures are of, in words.
    """
    figures = [(_WORDS[name], value) for name, value in metrics.items()]
    return page(
        "Linear model",
        facts({**known, "label": model.label, "task": model.task, "intercept": model.intercept}),
        section("Figures", table(counted, ("figure", "value"), figures)),
        section("Coefficients", *_coefficients(model, deviations)),
    )


def _coefficients(model: LinearModel, deviations: Floats) -> list[Markup]:
    """Return the table of the features, the strongest first, and what it means."""
    # float64 may not hold the spread of huge values; such an effect is shown as a dash.
    with np.errstate(invalid="ignore", over="ignore"):
        effects = model.coefficients * deviations
    sizes = np.where(np.isfinite(effects), np.abs(effects), 0.0)
    order = np.argsort(-sizes, kind="stable").tolist()
    widest = float(sizes.max(initial=0.0)) or 1.0
    rows: list[tuple[Any, ...]] = [
        (
            model.features[n],
            float(model.coefficients[n]),
            _finite(deviations[n]),
            _finite(effects[n]),
            bar(float(sizes[n]) / widest),
        )
        for n in order[:_MOST_ROWS]
    ]
    header = ("feature", "coefficient", "standard deviation", "effect", "")
    meaning = (
        f"The effect of a feature is its coefficient times its standard deviation: by how much "
        f"{_predicted(model)} if the feature rises by one standard deviation and all others stay "
        "as they are. So effects can be compared, whatever the units of the features. A negative "
        "effect lowers it; bars show sizes without their signs."
    )
    left_out = len(order) - len(rows)
    more = f"{left_out} more features have smaller effects; coefficients.npy has them all."
    notes = [paragraph(meaning), *([paragraph(more)] if left_out else [])]
    return [*notes, table("Features, the strongest first", header, rows)]


def _finite(value: np.float64) -> float | None:
    return float(value) if np.isfinite(value) else None


def _predicted(model: LinearModel) -> str:
    if model.task == "regression":
        return f"the predicted {model.label} rises"
    return f"the log-odds of {model.label} = {value_text(model.classes[1])} rise"
