"""Tests of kfp_component_lib.evaluation.classification against scikit-learn."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from kfp_component_lib.errors import DataError
from kfp_component_lib.evaluation.classification import evaluate_classification, roc_curve
from kfp_component_lib.tables import blocks


def _evaluate(folder, frame, **options):
    frame.to_parquet(folder / "data")
    return evaluate_classification(folder / "data", folder / "page", "y", **options)


def _frame(n, seed=0, ties=20):
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, ties + 1, n) / ties
    truth = np.where(rng.random(n) < scores * 0.8 + 0.1, "yes", "no")
    found = np.where(scores > 0.5, "yes", "no")
    return pd.DataFrame({"y": truth, "prediction": found, "probability": scores})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.sampled_from([0, 0.25, 0.5, 0.9, 1])), min_size=2))
def test_the_curve_is_that_of_scikit_learn(rows):
    """Points, thresholds and area agree with scikit-learn, with ties and constant scores."""
    truth, scores = np.array([r[0] for r in rows]), np.array([float(r[1]) for r in rows])
    curve = roc_curve(truth, scores)
    if truth.all() or not truth.any():
        assert (curve.auc, curve.fpr) == (None, [])
        return
    fpr, tpr, thresholds = reference.roc_curve(truth, scores, drop_intermediate=False)
    np.testing.assert_allclose(curve.fpr, fpr, atol=1e-15)
    np.testing.assert_allclose(curve.tpr, tpr, atol=1e-15)
    np.testing.assert_array_equal(curve.thresholds[1:], thresholds[1:])
    assert curve.auc == pytest.approx(reference.roc_auc_score(truth, scores), abs=1e-15)
    assert curve.thresholds[1] < curve.thresholds[0] < math.inf


@pytest.mark.parametrize("block", [13, 65_536])
@pytest.mark.parametrize("ties", [3, 1_000_000])
def test_figures_are_those_of_scikit_learn(tmp_path, monkeypatch, block, ties):
    """Every figure agrees with scikit-learn to 1e-12."""
    monkeypatch.setattr(blocks, "BLOCK_ROWS", block)
    frame = _frame(2000, ties=ties)
    result = _evaluate(tmp_path, frame)
    y, found, scores = (frame[name] for name in ("y", "prediction", "probability"))
    options = {"pos_label": "yes"}
    assert result.metrics == pytest.approx(
        {
            "rows": 2000,
            "accuracy": reference.accuracy_score(y, found),
            "precision": reference.precision_score(y, found, **options),
            "recall": reference.recall_score(y, found, **options),
            "f1": reference.f1_score(y, found, **options),
            "log_loss": reference.log_loss(y, scores),
            "brier_score": reference.brier_score_loss(y, scores, **options),
            "auc": reference.roc_auc_score(y, scores),
        },
        rel=1e-12,
    )
    assert result.confusion == reference.confusion_matrix(y, found).tolist()
    assert result.classes == ["no", "yes"]


def test_a_long_curve_is_thinned(tmp_path):
    """The curve keeps 200 points with both ends; the area is that of all points."""
    frame = _frame(5000, ties=10**9)
    roc = _evaluate(tmp_path, frame).roc
    assert (len(roc.fpr), roc.fpr[0], roc.tpr[-1], roc.fpr[-1]) == (200, 0.0, 1.0, 1.0)
    assert roc.auc == pytest.approx(reference.roc_auc_score(frame["y"], frame["probability"]))
    assert all(map(math.isfinite, roc.thresholds))


@pytest.mark.parametrize(
    ("rows", "options", "names"),
    [
        ([("a", "a", 0.1)], {}, {"rows", "accuracy"}),
        (
            [("a", "b", 0.9), ("a", "a", 0.1)],
            {},
            {"rows", "accuracy", "precision", "recall", "f1", "log_loss", "brier_score"},
        ),
        ([("a", "b", 0.5), ("c", "c", 0.5)], {}, {"rows", "accuracy"}),
        (
            [("a", "a", 1.0), ("b", "b", 0.0)],
            {"positive_class": "a"},
            {"rows", "accuracy", "precision", "recall", "f1", "log_loss", "brier_score", "auc"},
        ),
    ],
    ids=["one class", "one true class", "three classes", "named class"],
)
def test_undefined_figures_are_left_out(tmp_path, rows, options, names):
    """What the data does not define is left out; the rest is finite."""
    frame = pd.DataFrame(rows, columns=["y", "prediction", "probability"])
    result = _evaluate(tmp_path, frame, **options)
    assert set(result.metrics) == names
    assert all(map(math.isfinite, result.metrics.values()))
    assert (tmp_path / "page").read_text().startswith("<!DOCTYPE html>")


def test_several_classes_have_a_confusion_matrix(tmp_path):
    """Without probabilities, any classes are counted; kinds may be mixed with predictions."""
    frame = pd.DataFrame({"y": [2, 0, 1, 2], "prediction": [2, 0, 2, 1]})
    result = _evaluate(tmp_path, frame)
    assert result.confusion == reference.confusion_matrix(frame["y"], frame["prediction"]).tolist()
    assert result.metrics == {"rows": 4.0, "accuracy": 0.5}


@pytest.mark.parametrize(
    ("frame", "options", "message"),
    [
        (_frame(5).drop(columns="y"), {}, "label must name a column"),
        (_frame(5).drop(columns="prediction"), {}, "prediction must name a column"),
        (_frame(0), {}, "predictions must have rows"),
        (_frame(5).assign(y=[None, *"abcd"]), {}, "label must have no nulls, got \"1 in 'y'\""),
        (_frame(5).assign(probability=[0.1, 0.2, 0.3, 0.4, math.nan]), {}, "between 0 and 1"),
        (_frame(5).assign(probability=2.0), {}, "probability must be between 0 and 1"),
        (_frame(5).assign(probability="x"), {}, "probability must be numeric"),
        (_frame(5), {"positive_class": "maybe"}, "positive_class must be a class that occurs"),
        (_frame(200).assign(y=range(200)), {}, "at most 100 classes"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(tmp_path, frame, options, message):
    """The message says what is wrong, and no page is written."""
    with pytest.raises(DataError, match=message):
        _evaluate(tmp_path, frame, **options)
    assert not (tmp_path / "page").exists()
