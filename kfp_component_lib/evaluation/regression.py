"""How good predicted numbers are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from kfp_component_lib.errors import check
from kfp_component_lib.files import StrPath, write_text
from kfp_component_lib.reports.charts import Axis, Plot, bar_chart
from kfp_component_lib.reports.html import (
    Markup,
    facts,
    page,
    paragraph,
    section,
    side_by_side,
    table,
)
from kfp_component_lib.statistics.bins import Bins, float_keys, key_floats
from kfp_component_lib.statistics.histogram import histogram
from kfp_component_lib.statistics.moments import Spread
from kfp_component_lib.statistics.quantiles import Distribution
from kfp_component_lib.tables.matrix import finite_column, require_numeric
from kfp_component_lib.tables.reading import open_table
from kfp_component_lib.tables.weights import RowWeights

__all__ = ["evaluate_regression"]

Floats = npt.NDArray[np.float64]
_FIELD = "evaluate_regression"
_CELLS = 40
_WORDS = {
    "rows": "rows",
    "mean_error": "mean error: predicted minus true value",
    "mean_absolute_error": "mean absolute error",
    "root_mean_squared_error": "root mean squared error",
    "max_absolute_error": "largest absolute error",
    "r2": "R²: share of the variance of the true values that is explained",
}


def evaluate_regression(
    source: StrPath,
    out_html: StrPath,
    label: str,
    prediction: str = "prediction",
    about: Mapping[str, object] | None = None,
    weight_column: str = "",
) -> dict[str, float]:
    """Compare predicted numbers with true ones, in two passes and memory that does not grow.

    Weights take one more pass.

    Args:
        source: Parquet file or folder, such as batch_predict writes.
        out_html: Path of the page.
        label: Numeric column with the true values, finite.
        prediction: Numeric column with the predicted values, finite.
        about: More facts about the data and the model that the page shows, by name.
        weight_column: Numeric column with the weight of each row, at least 0 and finite; if empty,
            every weight is 1. Rows with weight 0 are left out.

    Returns:
        `rows` without those of weight 0, `mean_error` (predicted minus true value),
        `mean_absolute_error`, `root_mean_squared_error`, `max_absolute_error`, and `r2` unless the
        true values are constant. All means are weighted.

    Raises:
        DataError: If a column is missing, not numeric or not finite, a weight is negative, all are
            0 or their sum overflows float64, or there are no rows.
        OSError: If the page cannot be written.
    """
    rows = open_table(source, f"{_FIELD}.predictions")
    require_numeric(rows, [label], f"{_FIELD}.label")
    require_numeric(rows, [prediction], f"{_FIELD}.prediction")
    check(rows.rows, f"{_FIELD}.predictions", "have rows", rows.rows, "Check the previous step")
    weights = RowWeights.of(rows, weight_column, f"{_FIELD}.weight_column")
    sums = _Sums()
    for true, found, counts in _values(weights, label, prediction):
        sums = sums.add(true, found, counts)
    metrics = {"rows": float(weights.rows), **sums.metrics()}
    lost = [name for name, value in metrics.items() if not np.isfinite(value)]
    rule = "have values whose squared errors and variance do not overflow float64"
    fix = f"Multiply {label!r} and {prediction!r} by a constant"
    check(not lost, f"{_FIELD}.predictions", rule, f"no {', '.join(lost)}", fix)
    grids = _Grids.over(sums)
    for true, found, counts in _values(weights, label, prediction):
        grids.add(true, found, counts)
    known = {**(about or {}), "label": label, "prediction": prediction, "rows": weights.rows}
    known |= weights.facts()
    write_text(out_html, _page(known, metrics, grids, Distribution(sums.bins), weights.words()))
    return metrics


def _values(
    weights: RowWeights, label: str, prediction: str
) -> Iterator[tuple[Floats, Floats, Floats | None]]:
    for block, counts in weights.blocks([label, prediction]):
        true = finite_column(block, label, f"{_FIELD}.label")
        yield true, finite_column(block, prediction, f"{_FIELD}.prediction"), counts


@dataclass(frozen=True)
class _Sums:
    """Statistics of the rows that have been read so far.

    `low` and `high` are the range of the true values, `least` and `most` that of the predictions,
    and `bins` hold the errors.
    """

    truth: Spread = field(default_factory=Spread)
    error: Spread = field(default_factory=Spread)
    low: float = np.inf
    high: float = -np.inf
    least: float = np.inf
    most: float = -np.inf
    absolute: float = 0.0
    bins: Bins = field(default_factory=Bins)

    def add(self, true: Floats, found: Floats, weights: Floats | None) -> _Sums:
        """Return the statistics with rows added, given as finite float64 values of shape (n,)."""
        with np.errstate(over="ignore"):
            error = found - true
            bins = self.bins.add(float_keys(error), weights)
            truth = self.truth.merge(Spread.of(true, weights))
            spread = self.error.merge(Spread.of(error, weights))
            np.abs(error, out=error)
            more = error.sum() if weights is None else weights @ error
            absolute = self.absolute + float(more)
        low, high = min(self.low, float(true.min())), max(self.high, float(true.max()))
        least, most = min(self.least, float(found.min())), max(self.most, float(found.max()))
        return _Sums(truth, spread, low, high, least, most, absolute, bins)

    def metrics(self) -> dict[str, float]:
        """Return the metrics by name; the bins keep the extreme errors exactly."""
        rows, mean = self.error.count, self.error.mean
        squares = self.error.m2 + rows * mean * mean
        return {
            "mean_error": mean,
            "mean_absolute_error": self.absolute / rows,
            "root_mean_squared_error": float(np.sqrt(squares / rows)),
            "max_absolute_error": max(map(abs, self.errors())),
            **({"r2": self._r2(squares)} if self.low < self.high else {}),
        }

    def errors(self) -> tuple[float, float]:
        """Return the smallest and the largest error."""
        low, high = key_floats(np.array([self.bins.lowest, self.bins.highest])).tolist()
        return low, high

    def _r2(self, squares: float) -> float:
        """Return the share of the variance that is explained, or NaN if float64 cannot hold it."""
        variation = self.truth.m2
        return 1 - squares / variation if 0 < variation < np.inf else np.nan


@dataclass(frozen=True)
class _Grids:
    """The number of rows in each cell of two plots, or the sum of their weights.

    Attributes:
        value: Axis of the true and the predicted values.
        error: Axis of their differences.
        predicted: Number of rows by predicted value (first index) and true value.
        residuals: Number of rows by error (first index) and predicted value.
    """

    value: Axis
    error: Axis
    predicted: Floats = field(default_factory=lambda: np.zeros((_CELLS, _CELLS)))
    residuals: Floats = field(default_factory=lambda: np.zeros((_CELLS, _CELLS)))

    @classmethod
    def over(cls, sums: _Sums) -> _Grids:
        """Return empty grids whose axes cover all rows."""
        low, high = sums.errors()
        value = _axis("true value", min(sums.low, sums.least), max(sums.high, sums.most))
        return cls(value, _axis("predicted minus true value", min(low, 0.0), max(high, 0.0)))

    def add(self, true: Floats, found: Floats, weights: Floats | None) -> None:
        """Count rows, given as finite float64 values of shape (n,)."""
        across, along = _cells(self.value, true), _cells(self.value, found)
        _count(self.predicted, along, across, weights)
        _count(self.residuals, _cells(self.error, found - true), along, weights)


def _axis(title: str, low: float, high: float) -> Axis:
    margin = 0.0 if low < high else max(abs(low) * 0.1, 1e-9)
    return Axis(title, low - margin, high + margin)


def _cells(axis: Axis, values: Floats) -> npt.NDArray[np.intp]:
    places = (values - axis.low) / (axis.high - axis.low)
    return np.clip((places * _CELLS).astype(np.intp), 0, _CELLS - 1)


def _count(
    cells: Floats, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp], weights: Floats | None
) -> None:
    """Add 1, or a weight, to a cell of an array of shape (`_CELLS`, `_CELLS`) for each value."""
    if weights is None:
        # Counting takes a tenth of the time, but would add up weights in another order.
        cells += np.bincount(rows * _CELLS + columns, minlength=cells.size).reshape(cells.shape)
    else:
        np.add.at(cells, (rows, columns), weights)


def _page(
    known: dict[str, object],
    metrics: dict[str, float],
    grids: _Grids,
    errors: Distribution,
    counted: str,
) -> Markup:
    bars = histogram(errors)
    value, ends = grids.value, [grids.value.low, grids.value.high]
    predicted = Plot(
        "Predicted value against true value", value, replace(value, title="predicted value")
    )
    residuals = Plot(
        "Error against predicted value", replace(value, title="predicted value"), grids.error
    )
    return page(
        "Regression",
        facts(known),
        section(
            "Figures",
            table(counted, ("figure", "value"), [(_WORDS[n], v) for n, v in metrics.items()][1:]),
        ),
        section(
            "Predictions",
            side_by_side(
                predicted.cells(grids.predicted.tolist()).line(ends, ends, "guide").markup(),
                residuals.cells(grids.residuals.tolist()).line(ends, [0, 0], "guide").markup(),
            ),
            paragraph(
                "The darker a cell, the more rows it holds. Dashed: predictions without error."
            ),
        ),
        section(
            "Predicted minus true value",
            bar_chart("Histogram of the prediction error", bars.counts, bars.low, bars.high),
        ),
    )
