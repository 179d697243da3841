"""Figures from what a peer has counted in bins."""

from collections.abc import Mapping, Sequence

import numpy as np

# The smallest share of the rows that the index takes.
_SMALLEST_SHARE = 1e-4


def distances(old: np.ndarray, new: np.ndarray) -> tuple[float, float]:
    """Return the population stability index over tenths of the old rows, and Smirnov's distance.

    Args:
        old: Number of rows in each bin, whole numbers of shape (n,).
        new: The same of the other table.
    """
    before, after = (np.cumsum(side) / side.sum() for side in (old, new))
    ends = np.searchsorted(before, np.linspace(0.1, 0.9, 9))
    shares = (np.diff([0.0, *side[ends], 1.0]) for side in (before, after))
    first, second = (np.maximum(share, _SMALLEST_SHARE) for share in shares)
    psi = float(((second - first) * np.log(second / first)).sum())
    return psi, float(np.abs(before - after).max())


def scores(groups: Mapping[str, np.ndarray]) -> dict[str, object]:
    """Return how good predicted classes and probabilities are.

    Args:
        groups: Arrays with one entry for each group of rows that have the same true and predicted
            class, `true` and `found`, and whose probabilities share a bin, `bin`; with their number
            `rows`, and the sums of their log losses and squared errors, `loss` and `square`.
    """
    true, rows = groups["true"], groups["rows"]
    confusion, size = np.zeros((2, 2)), int(groups["bin"].max()) + 1
    np.add.at(confusion, (true, groups["found"]), rows)
    ones, zeros = (np.bincount(groups["bin"], rows * (true == one), size) for one in (1, 0))
    below = np.cumsum(zeros) - zeros / 2
    return {
        "confusion": confusion.tolist(),
        "auc": float(ones @ below / ones.sum() / zeros.sum()),
        "log_loss": float(groups["loss"].sum() / rows.sum()),
        "brier_score": float(groups["square"].sum() / rows.sum()),
    }


def ridge(sums: Sequence[float], columns: int) -> dict[str, object]:
    """Solve the normal equations, with an intercept that is not penalised.

    Args:
        sums: Sums of the products of each column with itself and those after it, in the order of
            the columns: features, 1, and the label.
        columns: Number of columns.
    """
    products = np.zeros((columns, columns))
    products[np.triu_indices(columns)] = sums
    products += np.triu(products, 1).T
    gram, right, total = products[:-1, :-1], products[:-1, -1], products[-1, -1]
    weights = np.linalg.solve(gram + np.diag([*[1] * (columns - 2), 0]), right)
    residual = total - 2 * right @ weights + weights @ gram @ weights
    r2 = 1 - residual / (total - right[-1] ** 2 / gram[-1, -1])
    return {"weights": weights.tolist(), "r2": float(r2)}
