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
        rows: Number of rows in each tenth; the last tenth includes 1.
        predicted: Sum of the probabilities in each tenth.
        true: Number of rows of the positive class in each tenth.
    """

    rows: Floats = field(default_factory=lambda: np.zeros(_TENTHS))
    predicted: Floats = field(default_factory=lambda: np.zeros(_TENTHS))
    true: Floats = field(default_factory=lambda: np.zeros(_TENTHS))

    def add(self, truth: Bools, scores: Floats) -> None:
        """Add rows.

        Args:
            truth: bool array of shape (n,), True for the positive class.
            scores: float64 array of shape (n,), between 0 and 1.
        """
        tenths = np.minimum((scores * _TENTHS).astype(np.intp), _TENTHS - 1)
        self.rows += np.bincount(tenths, minlength=_TENTHS)
        self.predicted += np.bincount(tenths, scores, _TENTHS)
        self.true += np.bincount(tenths, truth, _TENTHS)

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


def log_losses(chances: Floats) -> float:
    """Return the log loss, summed over the rows.

    Args:
        chances: Predicted probabilities of the true classes, float64 of shape (n,), clipped by
            2^-52.
    """
    eps = np.finfo(np.float64).eps
    return -float(np.log(np.clip(chances, eps, 1 - eps)).sum())


def squared_errors(truth: Bools, scores: Floats) -> float:
    """Return the squared distance of each score from 0 or 1, summed over the rows."""
    return float(np.square(scores - truth).sum())
