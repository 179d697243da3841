"""Tests of kfp_component_lib.evaluation.regression against scikit-learn."""

import math
import re

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as reference

from kfp_component_lib.errors import DataError
from kfp_component_lib.evaluation.regression import evaluate_regression
from kfp_component_lib.tables import blocks


def _evaluate(folder, frame):
    frame.to_parquet(folder / "data")
    return evaluate_regression(folder / "data", folder / "page", "y")


@pytest.mark.parametrize("block", [17, 65_536])
@pytest.mark.parametrize("offset", [0.0, 1e8])
def test_figures_are_those_of_scikit_learn(tmp_path, monkeypatch, block, offset):
    """Every metric agrees with scikit-learn to 1e-9, even far from zero."""
    monkeypatch.setattr(blocks, "BLOCK_ROWS", block)
    rng = np.random.default_rng(0)
    y = rng.standard_normal(1000) + offset
    frame = pd.DataFrame({"y": y, "prediction": y + rng.normal(0.2, 0.5, 1000)})
    found = frame["prediction"]
    assert _evaluate(tmp_path, frame) == pytest.approx(
        {
            "rows": 1000,
            "mean_error": (found - frame["y"]).mean(),
            "mean_absolute_error": reference.mean_absolute_error(y, found),
            "root_mean_squared_error": reference.root_mean_squared_error(y, found),
            "max_absolute_error": reference.max_error(y, found),
            "r2": reference.r2_score(y, found),
        },
        rel=1e-9,
    )


@pytest.mark.parametrize("value", [1.0, 0.1, 1e300, 1 / 3])
def test_a_constant_truth_has_no_r2(tmp_path, monkeypatch, value):
    """Undefined metrics are left out, however the mean is rounded, and the page is written."""
    monkeypatch.setattr(blocks, "BLOCK_ROWS", 37)
    frame = pd.DataFrame({"y": [value] * 1000, "prediction": [value, value * 2] * 500})
    metrics = _evaluate(tmp_path, frame.iloc[:: 500 if value > 1 else 1])
    assert "r2" not in metrics
    assert all(map(math.isfinite, metrics.values()))
    assert (tmp_path / "page").exists()


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (
            pd.DataFrame({"y": [1.0]}),
            "evaluate_regression.prediction must name a column that occurs once",
        ),
        (
            pd.DataFrame({"y": ["a"], "prediction": [1.0]}),
            "evaluate_regression.label must be numeric",
        ),
        (
            pd.DataFrame({"y": [1.0], "prediction": [math.nan]}),
            "evaluate_regression.prediction must be finite",
        ),
        (
            pd.DataFrame({"y": [1e300], "prediction": [-1e300]}),
            "squared errors .* not overflow float64",
        ),
        (pd.DataFrame({"y": [1e200, -1e200], "prediction": [1e200, -1e200]}), "got 'no r2'"),
        (pd.DataFrame({"y": [1e-200, 2e-200], "prediction": [0.0, 0.0]}), "got 'no r2'"),
        (pd.DataFrame({"y": [], "prediction": []}, dtype=float), "predictions must have rows"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(tmp_path, frame, message):
    """The message states the problem, and no page is written."""
    with pytest.raises(DataError, match=message):
        _evaluate(tmp_path, frame)
    assert not (tmp_path / "page").exists()


def test_cells_are_where_their_values_are(tmp_path):
    """Both axes go from 2 to 12 in 40 cells of 7 pixels: right for true values, up for predicted."""
    frame = pd.DataFrame({"y": [2.0, 4.0, 12.0], "prediction": [2.0, 5.0, 10.0]})
    _evaluate(tmp_path, frame)
    page = (tmp_path / "page").read_text(encoding="utf-8")
    plot = page[page.index("Predicted value against") :].partition("</svg>")[0]
    cells = re.findall(r'<rect class="fill" x="([\d.]+)" y="([\d.]+)"', plot)
    left, bottom, size = 64, 308, 7
    assert [((float(x) - left) / size, (bottom - float(y)) / size - 1) for x, y in cells] == [
        (0, 0),
        (8, 12),
        (39, 32),
    ]
