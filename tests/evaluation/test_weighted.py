"""Tests of weights in both evaluations against scikit-learn's `sample_weight`."""

import math

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as reference

from kfp_component_lib.errors import DataError
from kfp_component_lib.evaluation.classification import evaluate_classification
from kfp_component_lib.evaluation.regression import evaluate_regression
from kfp_component_lib.tables import blocks

_WEIGHTS = {
    "uniform": lambda rng, n: rng.uniform(0, 3, n),
    "whole": lambda rng, n: rng.integers(0, 4, n),
    "far apart": lambda rng, n: 10.0 ** rng.uniform(-12, 12, n),
    "tiny": lambda rng, n: 1e-300 * rng.uniform(0, 3, n),
    "huge": lambda rng, n: 1e300 * rng.uniform(0, 3, n),
}


def _two(rng, n=3000):
    scores = rng.integers(0, 200, n) / 200
    truth = rng.random(n) < scores * 0.8 + 0.1
    chosen = scores > 0.4
    return pd.DataFrame({"y": truth, "prediction": chosen, "probability": scores})


def _evaluated(folder, frame, evaluate=evaluate_classification):
    frame.to_parquet(folder / "data")
    return evaluate(folder / "data", folder / "page", "y", weight_column="w")


@pytest.mark.parametrize("block", [13, 65_536])
@pytest.mark.parametrize("weights", _WEIGHTS)
def test_two_classes_are_those_of_scikit_learn(tmp_path, monkeypatch, weights, block):
    """All metrics, the confusion matrix and the curves agree to 1e-9, whatever the weights' size."""
    monkeypatch.setattr(blocks, "BLOCK_ROWS", block)
    rng = np.random.default_rng(0)
    frame = _two(rng)
    frame["w"] = _WEIGHTS[weights](rng, len(frame))
    result = _evaluated(tmp_path, frame)
    y, found, scores = (frame[name] for name in ("y", "prediction", "probability"))
    # scikit-learn's own sums overflow with huge weights; a constant factor changes no metric.
    w = frame["w"] / frame["w"].max()
    macro = {"average": "macro", "sample_weight": w}
    precision, recall, thresholds = reference.precision_recall_curve(y, scores, sample_weight=w)
    f1 = 2 * precision * recall / (precision + recall)
    tenths = np.minimum(scores * 10, 9).astype(int)
    gaps = [abs((w * (y - scores))[tenths == n].sum()) for n in range(10)]
    wanted = {
        "rows": (frame["w"] > 0).sum(),
        "accuracy": reference.accuracy_score(y, found, sample_weight=w),
        "macro_precision": reference.precision_score(y, found, **macro),
        "macro_recall": reference.recall_score(y, found, **macro),
        "macro_f1": reference.f1_score(y, found, **macro),
        "weighted_f1": reference.f1_score(y, found, average="weighted", sample_weight=w),
        "precision": reference.precision_score(y, found, sample_weight=w),
        "recall": reference.recall_score(y, found, sample_weight=w),
        "f1": reference.f1_score(y, found, sample_weight=w),
        "log_loss": reference.log_loss(y, scores, sample_weight=w),
        "brier_score": reference.brier_score_loss(y, scores, sample_weight=w),
        "auc": reference.roc_auc_score(y, scores, sample_weight=w),
        "average_precision": reference.average_precision_score(y, scores, sample_weight=w),
        "best_f1": f1.max(),
        "best_threshold": thresholds[f1.argmax()],
        "calibration_error": sum(gaps) / w.sum(),
    }
    assert result.metrics == pytest.approx(wanted, rel=1e-9)
    confusion = np.array(result.confusion) / frame["w"].max()
    np.testing.assert_allclose(
        confusion, reference.confusion_matrix(y, found, sample_weight=w), rtol=1e-9
    )
    curve = reference.roc_curve(y, scores, sample_weight=w, drop_intermediate=False)
    points = {threshold: (fpr, tpr) for fpr, tpr, threshold in zip(*curve, strict=True)}
    ours = zip(result.roc.fpr, result.roc.tpr, result.roc.thresholds, strict=True)
    for fpr, tpr, threshold in list(ours)[1:]:
        assert points[threshold] == pytest.approx((fpr, tpr), rel=1e-9)


@pytest.mark.parametrize("block", [13, 65_536])
def test_many_classes_are_those_of_scikit_learn(tmp_path, monkeypatch, block):
    """Means over the classes, log loss and the area of each class agree to 1e-9."""
    monkeypatch.setattr(blocks, "BLOCK_ROWS", block)
    rng = np.random.default_rng(1)
    chances = rng.dirichlet([1, 1, 1, 1], 2000)
    y = (rng.random((2000, 1)) > chances.cumsum(axis=1)).sum(axis=1)
    w = rng.uniform(0, 2, 2000)
    frame = pd.DataFrame({"y": y, "prediction": chances.argmax(axis=1), "w": w})
    frame = frame.assign(**{f"probability={k}": chances[:, k] for k in range(4)})
    found, weighted = _evaluated(tmp_path, frame), {"sample_weight": w}
    macro = {"average": "macro", "sample_weight": w}
    areas = [reference.roc_auc_score(y == k, chances[:, k], **weighted) for k in range(4)]
    wanted = {
        "rows": 2000,
        "accuracy": reference.accuracy_score(y, frame["prediction"], **weighted),
        "macro_precision": reference.precision_score(y, frame["prediction"], **macro),
        "macro_recall": reference.recall_score(y, frame["prediction"], **macro),
        "macro_f1": reference.f1_score(y, frame["prediction"], **macro),
        "weighted_f1": reference.f1_score(
            y, frame["prediction"], average="weighted", sample_weight=w
        ),
        "log_loss": reference.log_loss(y, chances, **weighted),
        "macro_auc": np.mean(areas),
    }
    assert found.metrics == pytest.approx(wanted, rel=1e-9)
    assert list(found.areas.values()) == pytest.approx(areas, rel=1e-9)


@pytest.mark.parametrize("block", [17, 65_536])
@pytest.mark.parametrize("weights", _WEIGHTS)
@pytest.mark.parametrize("offset", [0.0, 1e8])
def test_regressions_are_those_of_scikit_learn(tmp_path, monkeypatch, weights, offset, block):
    """Every metric agrees to 1e-9, even far from zero and whatever the weights' size."""
    monkeypatch.setattr(blocks, "BLOCK_ROWS", block)
    rng = np.random.default_rng(2)
    y = rng.standard_normal(1000) + offset
    found = y + rng.normal(0.2, 0.5, 1000)
    frame = pd.DataFrame({"y": y, "prediction": found, "w": _WEIGHTS[weights](rng, 1000)})
    w = frame["w"] / frame["w"].max()
    weighted = {"sample_weight": w}
    wanted = {
        "rows": (frame["w"] > 0).sum(),
        "mean_error": np.average(found - y, weights=w),
        "mean_absolute_error": reference.mean_absolute_error(y, found, **weighted),
        "root_mean_squared_error": reference.root_mean_squared_error(y, found, **weighted),
        "max_absolute_error": np.abs(found - y)[w > 0].max(),
        "r2": reference.r2_score(y, found, **weighted),
    }
    assert _evaluated(tmp_path, frame, evaluate_regression) == pytest.approx(wanted, rel=1e-9)


def test_rows_of_weight_0_are_as_if_they_were_not_there(tmp_path):
    """Their classes, labels and errors change nothing, even if they are null."""
    frame = _two(np.random.default_rng(3), 200).astype({"y": object, "prediction": object})
    frame["w"] = 1.5
    plain = _evaluated(tmp_path, frame)
    odd = pd.DataFrame({"y": [None], "prediction": [True], "probability": [0.5], "w": [0.0]})
    found = _evaluated(tmp_path, pd.concat([frame, odd]))
    assert (found.metrics, found.confusion) == (plain.metrics, plain.confusion)


def test_equal_weights_change_no_figure(tmp_path):
    """Weights of 7 give the figures without weights; the confusion matrix counts weights."""
    frame = _two(np.random.default_rng(4), 500).assign(w=7)
    found = _evaluated(tmp_path, frame)
    plain = evaluate_classification(tmp_path / "data", tmp_path / "page", "y")
    assert found.metrics == pytest.approx(plain.metrics, rel=1e-12)
    np.testing.assert_allclose(found.confusion, 7 * np.array(plain.confusion))


@pytest.mark.parametrize("evaluate", [evaluate_classification, evaluate_regression])
def test_the_page_says_that_it_is_weighted(tmp_path, evaluate):
    """The column and the sum of its weights are among the facts, and above the figures."""
    frame = pd.DataFrame({"y": [0, 1, 1], "prediction": [0, 1, 0], "w": [0.5, 2, 0]})
    _evaluated(tmp_path, frame, evaluate)
    page = (tmp_path / "page").read_text()
    assert "Of all rows, weighted by &#x27;w&#x27;" in page
    assert "<dt>weight</dt><dd>w, 2.5 in total</dd>" in page
    assert "<dt>rows</dt><dd>2</dd>" in page
    evaluate(tmp_path / "data", tmp_path / "page", "y")
    assert "weight" not in (tmp_path / "page").read_text()


def test_a_constant_truth_has_no_r2(tmp_path):
    """Weights do not make a constant vary by rounding."""
    frame = pd.DataFrame({"y": [0.1] * 50, "prediction": np.arange(50), "w": np.arange(50) / 7})
    assert "r2" not in _evaluated(tmp_path, frame, evaluate_regression)


@pytest.mark.parametrize("evaluate", [evaluate_classification, evaluate_regression])
@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0, -2.0, 3.0], r"must be at least 0, got \[-2.0\]"),
        (
            [1.0, math.nan, 3.0],
            "must be finite, got \"1 null, NaN or infinite values in column 'w'",
        ),
        ([1.0, math.inf, 3.0], "must be finite"),
        ([0, 0, 0], "must be above 0 in some rows, got '0 in all'"),
        ([1e308, 1e308, 1e308], "must have a sum that float64 holds, got 'w'. Divide the weights"),
        (["a", "b", "c"], r"must be numeric, got 'w: (large_)?string'"),
    ],
)
def test_wrong_weights_are_refused(tmp_path, evaluate, weights, message):
    """The message names the column, and no page is written."""
    frame = pd.DataFrame({"y": [0, 1, 1], "prediction": [0, 1, 0], "w": weights})
    with pytest.raises(DataError, match=rf"{evaluate.__name__}\.weight_column {message}"):
        _evaluated(tmp_path, frame, evaluate)
    assert not (tmp_path / "page").exists()
