"""Tests of kfp_component_lib.evaluation.classification against scikit-learn."""

import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from kfp_component_lib import VERSION
from kfp_component_lib.errors import DataError
from kfp_component_lib.evaluation.classification import evaluate_classification
from kfp_component_lib.evaluation.ranking import roc_curve
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


_COUNTED = {"rows", "accuracy", "macro_precision", "macro_recall", "macro_f1", "weighted_f1"}
_POSITIVE = {"precision", "recall", "f1", "log_loss", "brier_score", "calibration_error"}
_RANKED = {"auc", "average_precision", "best_f1", "best_threshold"}


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
    """Every metric agrees with scikit-learn to 1e-12."""
    monkeypatch.setattr(blocks, "BLOCK_ROWS", block)
    frame = _frame(2000, ties=ties)
    result = _evaluate(tmp_path, frame)
    y, found, scores = (frame[name] for name in ("y", "prediction", "probability"))
    options = {"pos_label": "yes"}
    assert result.metrics == pytest.approx(
        {
            "rows": 2000,
            "accuracy": reference.accuracy_score(y, found),
            "macro_precision": reference.precision_score(y, found, average="macro"),
            "macro_recall": reference.recall_score(y, found, average="macro"),
            "macro_f1": reference.f1_score(y, found, average="macro"),
            "weighted_f1": reference.f1_score(y, found, average="weighted"),
            "precision": reference.precision_score(y, found, **options),
            "recall": reference.recall_score(y, found, **options),
            "f1": reference.f1_score(y, found, **options),
            "log_loss": reference.log_loss(y, scores),
            "brier_score": reference.brier_score_loss(y, scores, **options),
            "auc": reference.roc_auc_score(y, scores),
            "average_precision": reference.average_precision_score(y, scores, pos_label="yes"),
            "best_f1": result.roc.best_f1,
            "best_threshold": result.roc.best_threshold,
            "calibration_error": _calibration_error(y == "yes", scores),
        },
        rel=1e-12,
    )
    assert result.confusion == reference.confusion_matrix(y, found).tolist()
    assert result.classes == ["no", "yes"]


def _calibration_error(truth, scores):
    tenths = np.minimum(scores * 10, 9).astype(int)
    frame = pd.DataFrame({"true": truth, "score": scores, "tenth": tenths})
    means = frame.groupby("tenth").agg({"true": "mean", "score": "mean", "tenth": "size"})
    return ((means["true"] - means["score"]).abs() * means["tenth"]).sum() / len(frame)


def _many(n=600):
    rng = np.random.default_rng(4)
    chances = rng.dirichlet([1, 1, 1], n)
    y = (rng.random((n, 1)) > chances.cumsum(axis=1)).sum(axis=1)
    frame = pd.DataFrame({"y": y, "prediction": chances.argmax(axis=1)})
    return frame.assign(**{f"probability={k}": chances[:, k] for k in range(3)}), chances


def test_a_constant_model_of_many_classes_is_evaluated_by_its_columns(tmp_path):
    """A tiny test set may lack the class that is predicted; without columns it could be any text."""
    frame = pd.DataFrame({"y": ["a", "b"], "prediction": ["c", "c"]})
    with pytest.raises(DataError, match="is known by its columns probability=CLASS, so keep these"):
        _evaluate(tmp_path, frame)
    chances = {"probability=a": 0.2, "probability=b": 0.3, "probability=c": 0.5}
    found = _evaluate(tmp_path, frame.assign(**chances))
    assert (found.classes, found.metrics["accuracy"]) == (["a", "b", "c"], 0.0)
    assert found.metrics["log_loss"] == pytest.approx(-np.log([0.2, 0.3]).mean())


def test_each_of_many_classes_has_curves(tmp_path):
    """The page shows both curves of the ten largest classes, and says how many it leaves out."""
    frame, chances = _many()
    result = _evaluate(tmp_path, frame)
    page = (tmp_path / "page").read_text()
    for k in range(3):
        area = reference.roc_auc_score(frame["y"] == k, chances[:, k])
        _, _, charts = page.partition(f"<p>Class {k}</p>")
        assert f"ROC curve, area {area:.4f}" in charts.partition("<p>Class")[0]
        assert result.curves[str(k)].tpr[-1] == 1
    assert "more classes" not in page
    y = [f"c{n:02}" for n in range(12) for _ in range(n + 1)]
    names = sorted(set(y))
    frame = pd.DataFrame({"y": y, "prediction": y, **{f"probability={n}": 0.1 for n in names}})
    _evaluate(tmp_path, frame)
    page = (tmp_path / "page").read_text()
    assert [f"<p>Class {n}</p>" in page for n in names] == [False, False, *[True] * 10]
    assert "2 more classes have fewer rows" in page


@pytest.mark.parametrize("block", [13, 65_536])
def test_figures_of_many_classes_are_those_of_scikit_learn(tmp_path, monkeypatch, block):
    """Means over classes and rows, log loss, and the area of each class agree to 1e-12."""
    monkeypatch.setattr(blocks, "BLOCK_ROWS", block)
    frame, chances = _many()
    y, found = frame["y"], frame["prediction"]
    result = _evaluate(tmp_path, frame)
    areas = [reference.roc_auc_score(y == k, chances[:, k]) for k in range(3)]
    wanted = {
        "rows": 600,
        "accuracy": reference.accuracy_score(y, found),
        "macro_precision": reference.precision_score(y, found, average="macro"),
        "macro_recall": reference.recall_score(y, found, average="macro"),
        "macro_f1": reference.f1_score(y, found, average="macro"),
        "weighted_f1": reference.f1_score(y, found, average="weighted"),
        "log_loss": reference.log_loss(y, chances),
        "macro_auc": reference.roc_auc_score(y, chances, multi_class="ovr"),
    }
    assert result.metrics == pytest.approx(wanted, rel=1e-12)
    assert list(result.areas.values()) == pytest.approx(areas, rel=1e-12)
    assert result.confusion == reference.confusion_matrix(y, found).tolist()
    one = _evaluate(tmp_path, frame, positive_class="2")
    assert one.metrics["auc"] == pytest.approx(areas[2], rel=1e-12)


_ZERO_ONE = [0, 1, 1, 0, 1, 1, 0, 0]
_WRITTEN = {
    "integers": pa.array(_ZERO_ONE),
    "doubles": pa.array(_ZERO_ONE).cast(pa.float64()),
    "narrow integers": pa.array(_ZERO_ONE, pa.int8()),
    "decimals": pa.array(_ZERO_ONE).cast(pa.decimal128(20, 1)),
    "texts": pa.array(list(map(str, _ZERO_ONE))),
    "a dictionary": pa.array(list(map(str, _ZERO_ONE))).dictionary_encode(),
    "booleans": pa.array(list(map(bool, _ZERO_ONE))),
}


@pytest.mark.parametrize("predicted", _WRITTEN)
@pytest.mark.parametrize("label", ["integers", "booleans"])
def test_classes_are_compared_by_what_they_mean(tmp_path, label, predicted):
    """0 and 1 are the same classes in any type; all rows are correct."""
    data = {"y": _WRITTEN[label], "prediction": _WRITTEN[predicted]}
    pq.write_table(pa.table({**data, "probability": [0.2, 0.9] * 4}), tmp_path / "data")
    result = evaluate_classification(tmp_path / "data", tmp_path / "page", "y")
    assert (result.metrics["accuracy"], result.metrics["recall"]) == (1, 1)


@pytest.mark.parametrize(
    ("predicted", "message"),
    [
        (["a"] * 8, "must be classes that double holds, got 'prediction' .*'a'"),
        (pa.array([0] * 8, pa.timestamp("s")), "must be classes like those of the label, int64"),
        ([[1]] * 8, "must be classes like those of the label"),
        ([None] * 8, "must have no null or NaN"),
        ([math.nan] * 8, 'must have no null or NaN, got "1 in'),
    ],
)
def test_classes_that_cannot_be_equal_are_refused(tmp_path, predicted, message):
    """A value of another kind than the label's classes is an error, not an accuracy of 0."""
    data = {"y": _WRITTEN["integers"], "prediction": predicted}
    pq.write_table(pa.table(data), tmp_path / "data")
    with pytest.raises(DataError, match=rf"evaluate_classification\.prediction.*{message}"):
        evaluate_classification(tmp_path / "data", tmp_path / "page", "y")


@pytest.mark.parametrize("positive", ["no", "yes"])
def test_a_probability_is_that_of_the_class_in_its_name(tmp_path, positive):
    """Whichever class is positive, its own column is used, and the areas are the same."""
    frame = _frame(500)
    other = {"probability=no": 1 - frame["probability"], "probability=yes": frame["probability"]}
    result = _evaluate(
        tmp_path, frame.drop(columns="probability").assign(**other), positive_class=positive
    )
    wanted = reference.roc_auc_score(frame["y"], frame["probability"])
    assert result.metrics["auc"] == pytest.approx(wanted)


def test_a_probability_of_the_other_class_is_refused(tmp_path):
    """A column without a class is refused if it is lower where the class is predicted."""
    with pytest.raises(DataError, match="be the probability of the positive class 'no'"):
        _evaluate(tmp_path, _frame(500), positive_class="no")


def test_a_model_s_classes_count_though_they_do_not_occur(tmp_path):
    """If a table has one true class, the names of the columns tell which is the other."""
    data = {"y": ["yes"], "prediction": ["yes"], "probability=no": [0.1], "probability=yes": [0.9]}
    result = _evaluate(tmp_path, pd.DataFrame(data))
    assert (result.metrics["recall"], result.about["positive class"]) == (1, "yes")


def test_the_page_says_what_is_compared(tmp_path):
    """The page shows dataset, model, label, positive class, rows, version and time."""
    about = {"dataset": "s3://here", "model": "logistic <b>"}
    _evaluate(tmp_path, _frame(50), about=about)
    text = (tmp_path / "page").read_text()
    for known in (
        "s3://here",
        "logistic &lt;b&gt;",
        "<dd>y</dd>",
        "<dd>yes</dd>",
        "<dd>50</dd>",
        VERSION,
    ):
        assert known in text


def test_a_long_curve_is_thinned(tmp_path):
    """The curve keeps 200 points including both ends; the area is that of all points."""
    frame = _frame(5000, ties=10**9)
    roc = _evaluate(tmp_path, frame).roc
    assert (len(roc.fpr), roc.fpr[0], roc.tpr[-1], roc.fpr[-1]) == (200, 0.0, 1.0, 1.0)
    assert roc.auc == pytest.approx(reference.roc_auc_score(frame["y"], frame["probability"]))
    assert all(map(math.isfinite, roc.thresholds))


@pytest.mark.parametrize(
    ("rows", "options", "names"),
    [
        ([("a", "a", 0.1)], {}, _COUNTED),
        (
            [("a", "b", 0.9), ("a", "a", 0.1)],
            {},
            _COUNTED | _POSITIVE,
        ),
        ([("a", "b", 0.5), ("c", "c", 0.5)], {}, _COUNTED),
        (
            [("a", "a", 1.0), ("b", "b", 0.0)],
            {"positive_class": "a"},
            _COUNTED | _POSITIVE | _RANKED,
        ),
    ],
    ids=["one class", "one true class", "three classes", "named class"],
)
def test_undefined_figures_are_left_out(tmp_path, rows, options, names):
    """Metrics that the data does not define are left out; the others are finite."""
    frame = pd.DataFrame(rows, columns=["y", "prediction", "probability"])
    result = _evaluate(tmp_path, frame, **options)
    assert set(result.metrics) == names
    assert all(map(math.isfinite, result.metrics.values()))
    assert (tmp_path / "page").read_text().startswith("<!DOCTYPE html>")


def test_several_classes_have_a_confusion_matrix(tmp_path):
    """Classes of any type are counted without probabilities, even in mixed types."""
    frame = pd.DataFrame({"y": [2, 0, 1, 2], "prediction": [2, 0, 2, 1]})
    result = _evaluate(tmp_path, frame)
    assert result.confusion == reference.confusion_matrix(frame["y"], frame["prediction"]).tolist()
    assert (result.metrics["rows"], result.metrics["accuracy"]) == (4, 0.5)
    assert set(result.metrics) == _COUNTED


@pytest.mark.parametrize(
    ("frame", "options", "message"),
    [
        (_frame(5).drop(columns="y"), {}, "label must name a column"),
        (_frame(5).drop(columns="prediction"), {}, "prediction must name a column"),
        (_frame(0), {}, "predictions must have rows"),
        (
            _frame(5).assign(y=[None, *"abcd"]),
            {},
            "label must have no null or NaN, got \"1 in 'y'\"",
        ),
        (_frame(5).assign(probability=[0.1, 0.2, 0.3, 0.4, math.nan]), {}, "between 0 and 1"),
        (_frame(5).assign(probability=2.0), {}, "probability must be between 0 and 1"),
        (_frame(5).assign(probability="x"), {}, "probability must be numeric"),
        (
            _frame(5),
            {"probability": "chance"},
            "probability must be the name of a column or a prefix",
        ),
        (_frame(5), {"positive_class": "maybe"}, "positive_class must be a class that occurs"),
        (_frame(200).assign(y=range(200), prediction=1), {}, "at most 100 classes"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(tmp_path, frame, options, message):
    """The message states the problem, and no page is written."""
    with pytest.raises(DataError, match=message):
        _evaluate(tmp_path, frame, **options)
    assert not (tmp_path / "page").exists()


@pytest.mark.parametrize(
    ("label", "prediction", "message"),
    [
        (pa.array(["0", "1"]), pa.array(["0.0", "1.0"]), r"classes of the label, got .*'0.0'"),
        (pa.array([0.1, 0.2]), pa.array([0.1, 0.2], pa.float32()), "classes of the label"),
        (pa.array(["a", "b"]), pa.array(["c", "c"]), r"classes of the label, got \['c'\]"),
        (
            pa.array(["\u00e9", "b"]),
            pa.array(["e\u0301", "b"]),
            r"tell apart, got .*'e\\u0301' and",
        ),
        (pa.array(["a", "b"]), pa.array(["a ", "b"]), "people can tell apart"),
        (pa.array([2**53, 2**53 + 1]), pa.array([2.0**53] * 2), "hold all whole numbers"),
        (pa.array([2**53, 2**53 + 1]), pa.array([str(2**53), "0"]), "hold all whole numbers"),
    ],
    ids=str,
)
def test_classes_that_cannot_be_compared_are_refused(tmp_path, label, prediction, message):
    """An accuracy of 0, or of 1, would say nothing about the predictions."""
    pq.write_table(pa.table({"y": label, "prediction": prediction}), tmp_path / "data")
    with pytest.raises(DataError, match=message):
        evaluate_classification(tmp_path / "data", tmp_path / "page", "y")
    assert not (tmp_path / "page").exists()


def test_rows_of_one_class_may_all_be_predicted_wrongly(tmp_path):
    """Nothing is refused where the one class that is predicted, or has a probability, may be right."""
    one = {"y": ["a", "a"], "prediction": ["b", "b"]}
    assert _evaluate(tmp_path, pd.DataFrame(one)).metrics["accuracy"] == 0
    three = pd.DataFrame({"y": ["a", "b"], "prediction": ["c", "c"]})
    known = three.assign(**{"probability=a": 0.2, "probability=b": 0.2, "probability=c": 0.6})
    assert _evaluate(tmp_path, known).metrics["accuracy"] == 0


def test_whole_numbers_that_float64_holds_are_classes(tmp_path):
    """Labels may be integers where predictions are float64, up to 2^53."""
    frame = pd.DataFrame({"y": [60, 61, 2**53 - 1], "prediction": [60.0, 61.0, 2.0**53 - 1]})
    assert _evaluate(tmp_path, frame).metrics["accuracy"] == 1
    frame["y"], frame["prediction"] = [2**53, 1, 2], [2.0**53, 1.0, 2.0]
    with pytest.raises(DataError, match="beyond 9007199254740992"):
        _evaluate(tmp_path, frame)
