"""Tests of kfp_component_lib.evaluation.ranking against scikit-learn."""

import numpy as np
import pytest
from sklearn import metrics as reference

from kfp_component_lib.evaluation import ranking
from kfp_component_lib.evaluation.ranking import ScoreBins, roc_curve
from kfp_component_lib.statistics.bins import Bins

_RANDOM = np.random.default_rng(0)
_NORMAL = _RANDOM.standard_normal(40_000)
_SCORES = {
    "spread": 1 / (1 + np.exp(-_NORMAL)),
    "in a narrow range": 0.02 + 1e-9 * _NORMAL,
    "near one": 1 - np.exp(-30 + _NORMAL),
    "near zero": np.exp(-200 + _NORMAL),
    "at both ends": np.where(_NORMAL > 0, 1 - np.exp(-20 + _NORMAL), np.exp(-20 + _NORMAL)),
    "in a narrow range, with outliers": np.append(0.5 + 1e-9 * _NORMAL[:-4], [0, 0, 1, 1]),
}
_TRUTH = _RANDOM.random(40_000) < 0.2 + 0.6 * (_NORMAL > 0.3)


def _binned(truth, scores, limit=1 << 17, block=6000):
    bins = ScoreBins(Bins(limit=limit), Bins(limit=limit), most_held=10_000)
    for start in range(0, len(scores), block):
        bins.add(truth[start : start + block], scores[start : start + block])
    return bins


@pytest.mark.parametrize("name", _SCORES)
def test_few_scores_are_ranked_exactly(name):
    """Up to the limit the curve equals that of sorted scores, to the last bit."""
    assert _binned(_TRUTH, _SCORES[name]).curve(10**6) == roc_curve(_TRUTH, _SCORES[name])


@pytest.mark.parametrize("name", _SCORES)
def test_the_area_of_many_scores_is_within_its_error(name):
    """Beyond the limit the error of the area is at most auc_error, which is small."""
    curve = _binned(_TRUTH, _SCORES[name], limit=1000).curve(200)
    exact = reference.roc_auc_score(_TRUTH, _SCORES[name])
    assert 0 < curve.auc_error < 2e-3
    assert abs(curve.auc - exact) <= curve.auc_error / 10


def test_points_of_many_scores_are_exact():
    """Beyond the limit every point is exactly what its threshold gives."""
    scores = _SCORES["spread"]
    curve = _binned(_TRUTH, scores, limit=1000).curve(200)
    assert (curve.fpr[0], curve.tpr[0], curve.fpr[-1], curve.tpr[-1]) == (0, 0, 1, 1)
    for fpr, tpr, threshold in zip(curve.fpr, curve.tpr, curve.thresholds, strict=True):
        assert tpr == pytest.approx(np.mean(scores[_TRUTH] >= threshold), rel=1e-15)
        assert fpr == pytest.approx(np.mean(scores[~_TRUTH] >= threshold), rel=1e-15)


def test_points_of_many_scores_have_equal_numbers_of_rows_between_them():
    """Beyond the limit about equal numbers of rows are between neighbouring points."""
    scores = _SCORES["at both ends"]
    thresholds = _binned(_TRUTH, scores, limit=1000).curve(50).thresholds
    between = np.diff([np.sum(scores >= threshold) for threshold in thresholds])
    assert len(thresholds) == 50
    assert np.all(np.abs(between - 40_000 / 49) < 400)


@pytest.mark.parametrize("limit", [1000, 1 << 17])
def test_the_order_of_rows_does_not_matter(limit):
    """Rows in any order and in any blocks give the same curve, bit for bit."""
    scores, order = _SCORES["spread"], _RANDOM.permutation(40_000)
    first = _binned(_TRUTH, scores, limit).curve(200)
    assert _binned(_TRUTH[order], scores[order], limit, block=777).curve(200) == first


def test_keys_are_in_the_order_of_their_scores():
    """Neighbouring doubles between 0 and 1 have ascending keys, which map back to them."""
    near = np.concatenate([[0.0, 5e-324, 1e-300, 0.25, 0.5, 0.75, 1.0]])
    scores = np.unique([np.nextafter(near, 0), near, np.nextafter(near, 1)])
    keys = ranking._score_keys(scores)
    assert np.all(np.diff(keys) > 0)
    np.testing.assert_array_equal(ranking._key_scores(keys), scores)
    assert ranking._score_keys(np.array([-0.0])) == ranking._score_keys(np.array([0.0]))


@pytest.mark.parametrize("name", _SCORES)
def test_precision_and_recall_are_those_of_scikit_learn(name):
    """Points, average precision and the best threshold agree to 1e-12."""
    scores = np.round(_SCORES[name], 12)
    curve = _binned(_TRUTH, scores).curve(10**6)
    precision, recall, _ = reference.precision_recall_curve(_TRUTH, scores)
    np.testing.assert_allclose(curve.precision, precision[::-1], rtol=1e-12)
    np.testing.assert_allclose(curve.tpr, recall[::-1], rtol=1e-12)
    wanted = reference.average_precision_score(_TRUTH, scores)
    assert curve.average_precision == pytest.approx(wanted, rel=1e-12)
    f1 = [
        reference.f1_score(_TRUTH, scores >= t) for t in np.quantile(scores, [0.1, 0.3, 0.5, 0.7])
    ]
    assert max(f1) <= curve.best_f1
    assert reference.f1_score(_TRUTH, scores >= curve.best_threshold) == pytest.approx(
        curve.best_f1
    )
