"""Figures that are computed from the counts of DuckDB and Polars."""

import numpy as np
import pytest

from benchmarks.data_bins import distances, ridge, scores


def test_equal_counts_have_no_distance():
    """Ten times as many rows in each bin are no drift."""
    counts = np.random.default_rng(0).integers(0, 100, 1000)
    assert distances(counts, 10 * counts) == (0, 0)


def test_distances_are_those_of_the_tenths():
    """All rows of the second table are in the upper half."""
    psi, smirnov = distances(np.ones(1000, np.int64), np.repeat([0, 1], 500))
    floor = 5 * (1e-4 - 0.1) * np.log(1e-4 / 0.1)
    assert smirnov == 0.5
    assert psi == pytest.approx(floor + 5 * 0.1 * np.log(2), rel=0.02)


def test_scores_are_those_of_the_rows():
    """Each group stands for its rows, and a bin counts as a tie."""
    groups = {
        "true": np.array([0, 1, 0, 1]),
        "found": np.array([0, 0, 1, 1]),
        "bin": np.array([1, 1, 3, 5]),
        "rows": np.array([6, 2, 2, 6]),
        "loss": np.array([1.0, 2.0, 2.0, 3.0]),
        "square": np.array([0.5, 0.5, 0.5, 0.5]),
    }
    found = scores(groups)
    assert found["confusion"] == [[6, 2], [2, 6]]
    # Of 64 pairs, 12 are ties, and in 4 the negative one is in front.
    assert found["auc"] == (64 - 12 - 4 + 12 / 2) / 64
    assert (found["log_loss"], found["brier_score"]) == (8 / 16, 2 / 16)


def test_ridge_is_the_penalised_fit():
    """The intercept is not penalised, and R² is that of the rows."""
    rng = np.random.default_rng(1)
    features = rng.normal(1, 1, (50, 3))
    label = features @ [1, -2, 3] + 4 + rng.normal(size=50)
    columns = np.column_stack([features, np.ones(50), label])
    products = columns.T @ columns
    found = ridge(products[np.triu_indices(5)], 5)
    weights = np.array(found["weights"])
    residual = label - columns[:, :4] @ weights
    gradient = columns[:, :4].T @ residual - np.array([1, 1, 1, 0]) * weights
    assert np.abs(gradient).max() < 1e-9
    assert found["r2"] == pytest.approx(1 - residual.var() / label.var(), rel=1e-9)
