"""How good predicted probabilities are."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

__all__ = ["Calibration", "log_losses", "squared_errors"]

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
_TENTHS = 10


@dataclass
class Calibration:
    """How often the predicted class comes true, for each tenth of the probability range.

    Attributes:
        rows: Number of rows in each tenth, or the sum of their weights; the last tenth includes 1.
        predicted: Sum of the probabilities in each tenth.
        true: Number of rows of the positive class in each tenth.
    """

    rows: Floats = field(default_factory=lambda: np.zeros(_TENTHS))
    predicted: Floats = field(default_factory=lambda: np.zeros(_TENTHS))
    true: Floats = field(default_factory=lambda: np.zeros(_TENTHS))

    def add(self, truth: Bools, scores: Floats, weights: Floats | None = None) -> None:
        """Add rows.

        Args:
            truth: bool array of shape (n,), True for the positive class.
            scores: float64 array of shape (n,), between 0 and 1.
            weights: How much each row counts, float64 of shape (n,); None if all count once.
        """
        tenths = np.minimum((scores * _TENTHS).astype(np.intp), _TENTHS - 1)
        counts = np.ones(len(scores)) if weights is None else weights
        self.rows += np.bincount(tenths, counts, _TENTHS)
        self.predicted += np.bincount(tenths, scores * counts, _TENTHS)
        self.true += np.bincount(tenths, truth * counts, _TENTHS)

    def points(self) -> tuple[list[float], list[float]]:
        """Return the mean probability and the share of positives of each tenth that has rows."""
        known = self.rows > 0
        rows = self.rows[known]
        return (self.predicted[known] / rows).tolist(), (self.true[known] / rows).tolist()

    @property
    def error(self) -> float:
        """Mean distance between the two over the rows: the expected calibration error.

        Source:
            Naeini, Cooper, Hauskrecht, Obtaining well calibrated probabilities using Bayesian
            binning, 2015.
        """
        return float(np.abs(self.predicted - self.true).sum() / self.rows.sum())


def log_losses(chances: Floats, weights: Floats | None = None) -> float:
    """Return the log loss, summed over the rows.

    Args:
        chances: Predicted probabilities of the true classes, float64 of shape (n,), clipped by
            2^-52.
        weights: How much each row counts, of the same shape; None if all count once.
    """
    eps = np.finfo(np.float64).eps
    return -_summed(np.log(np.clip(chances, eps, 1 - eps)), weights)


def squared_errors(truth: Bools, scores: Floats, weights: Floats | None = None) -> float:
    """Return the squared distance of each score from 0 or 1, summed over the rows by weight."""
    return _summed(np.square(scores - truth), weights)


def _summed(values: Floats, weights: Floats | None) -> float:
    return float(values.sum() if weights is None else weights @ values)
