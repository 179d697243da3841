"""How good predicted numbers are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kfp_component_lib.data_processing.profiling import histogram
from kfp_component_lib.errors import check
from kfp_component_lib.files import StrPath, write_text
from kfp_component_lib.models import feature_matrix, require_numeric
from kfp_component_lib.profiles import ColumnProfile
from kfp_component_lib.reports.charts import bar_chart
from kfp_component_lib.reports.html import Markup, page, section, table
from kfp_component_lib.sketches import Moments
from kfp_component_lib.tables import open_table

__all__ = ["evaluate_regression"]

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
    rows = open_table(source, f"{_FIELD}.data")
    require_numeric(rows, [label, prediction], _FIELD)
    check(rows.rows, f"{_FIELD}.data", "have rows", rows.rows, "Check the step before")
    truth, absolute, largest = Moments(), Moments(), 0.0
    errors = ColumnProfile("prediction error", pa.float64(), "number")
    for block in rows.blocks(list(dict.fromkeys([label, prediction]))):
        values = feature_matrix(block, [label, prediction], _FIELD)
        error: npt.NDArray[np.float64] = values[:, 1] - values[:, 0]
        truth, absolute = truth.add(values[:, 0]), absolute.add(np.abs(error))
        largest = max(largest, float(np.abs(error).max()))
        errors.add(pa.array(error))
    moment = errors.moment
    squares = moment.m2 + moment.count * moment.mean * moment.mean
    metrics = {
        "rows": float(rows.rows),
        "mean_error": moment.mean,
        "mean_absolute_error": absolute.mean,
        "root_mean_squared_error": float(np.sqrt(squares / rows.rows)),
        "max_absolute_error": largest,
        **({"r2": 1 - squares / truth.m2} if truth.m2 > 0 else {}),
    }
    unbounded = [name for name, value in metrics.items() if not np.isfinite(value)]
    check(
        not unbounded,
        f"{_FIELD}.data",
        "have errors whose squares are doubles",
        unbounded,
        "Scale the values",
    )
    write_text(out_html, _page(metrics, errors))
    return metrics


def _page(metrics: dict[str, float], errors: ColumnProfile) -> Markup:
    heights, left, right = histogram(errors)
    label = "Histogram of the prediction error"
    return page(
        "Regression",
        table("Figures", ("figure", "value"), list(metrics.items())),
        section("Prediction minus truth", bar_chart(label, heights, left, right)),
    )
