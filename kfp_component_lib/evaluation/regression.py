"""How good predicted numbers are."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from kfp_component_lib.errors import check
from kfp_component_lib.files import StrPath, write_text
from kfp_component_lib.reports.charts import bar_chart
from kfp_component_lib.reports.html import Markup, page, section, table
from kfp_component_lib.statistics.bins import Bins, float_keys, key_floats
from kfp_component_lib.statistics.histogram import histogram
from kfp_component_lib.statistics.moments import Spread
from kfp_component_lib.statistics.quantiles import Distribution
from kfp_component_lib.tables.matrix import finite_column, require_numeric
from kfp_component_lib.tables.reading import open_table

__all__ = ["evaluate_regression"]

Floats = npt.NDArray[np.float64]
_FIELD = "evaluate_regression"


def evaluate_regression(
    source: StrPath, out_html: StrPath, label: str, prediction: str = "prediction"
) -> dict[str, float]:
    """Compare predicted with true numbers, in one pass and memory that does not grow.

    Args:
        source: Parquet file or folder, such as batch_predict writes.
        out_html: Where the page shall be.
        label: Numeric column of true values, finite.
        prediction: Numeric column of predicted values, finite.

    Returns:
        `rows`, `mean_error` (prediction minus truth), `mean_absolute_error`,
        `root_mean_squared_error`, `max_absolute_error`, and `r2` unless the truth is constant.

    Raises:
        DataError: If a column is missing, not numeric or not finite, or there are no rows.
        OSError: If the page cannot be written.
    """
    rows = open_table(source, f"{_FIELD}.predictions")
    fields = {label: f"{_FIELD}.label", prediction: f"{_FIELD}.prediction"}
    for name, written in fields.items():
        require_numeric(rows, [name], written)
    check(rows.rows, f"{_FIELD}.predictions", "have rows", rows.rows, "Check the step before")
    sums = _Sums()
    for block in rows.blocks(list(fields)):
        sums = sums.add(*(finite_column(block, name, fields[name]) for name in (label, prediction)))
    metrics = sums.metrics()
    lost = [name for name, value in metrics.items() if not np.isfinite(value)]
    rule = "have values whose squared errors and variance float64 can hold"
    fix = f"Multiply {label!r} and {prediction!r} by a constant"
    check(not lost, f"{_FIELD}.predictions", rule, f"no {', '.join(lost)}", fix)
    write_text(out_html, _page(metrics, Distribution(sums.bins)))
    return metrics


@dataclass(frozen=True)
class _Sums:
    """What is known of the rows so far: `low` and `high` of the truth, `bins` of the errors."""

    truth: Spread = field(default_factory=Spread)
    error: Spread = field(default_factory=Spread)
    low: float = np.inf
    high: float = -np.inf
    absolute: float = 0.0
    bins: Bins = field(default_factory=Bins)

    def add(self, true: Floats, found: Floats) -> _Sums:
        """Return what is known with rows added, of finite float64 values of shape (n,)."""
        with np.errstate(over="ignore"):
            error = found - true
            bins = self.bins.add(float_keys(error))
            truth, spread = self.truth.merge(Spread.of(true)), self.error.merge(Spread.of(error))
            absolute = self.absolute + float(np.abs(error, out=error).sum())
        low, high = min(self.low, float(true.min())), max(self.high, float(true.max()))
        return _Sums(truth, spread, low, high, absolute, bins)

    def metrics(self) -> dict[str, float]:
        """Return the figures by name; bins know the ends of the errors exactly."""
        rows, mean = self.error.count, self.error.mean
        squares = self.error.m2 + rows * mean * mean
        ends = key_floats(np.array([self.bins.lowest, self.bins.highest]))
        return {
            "rows": float(rows),
            "mean_error": mean,
            "mean_absolute_error": self.absolute / rows,
            "root_mean_squared_error": float(np.sqrt(squares / rows)),
            "max_absolute_error": float(np.abs(ends).max()),
            **({"r2": self._r2(squares)} if self.low < self.high else {}),
        }

    def _r2(self, squares: float) -> float:
        """Return the share of the truth's variance that is explained, NaN if that is no double."""
        variation = self.truth.m2
        return 1 - squares / variation if 0 < variation < np.inf else np.nan


def _page(metrics: dict[str, float], errors: Distribution) -> Markup:
    bars = histogram(errors)
    label = "Histogram of the prediction error"
    return page(
        "Regression",
        table("Figures", ("figure", "value"), list(metrics.items())),
        section("Prediction minus truth", bar_chart(label, bars.counts, bars.low, bars.high)),
    )
