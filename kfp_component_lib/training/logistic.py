"""Logistic regression by Newton's method, in passes over rows that are not held in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kfp_component_lib.errors import DataError
from kfp_component_lib.tables.arrays import decoded, mask
from kfp_component_lib.tables.matrix import finite_column
from kfp_component_lib.tables.weights import RowWeights
from kfp_component_lib.training.systems import products, solve

__all__ = ["LogisticFit", "LogisticRows", "fit_logistic"]

Floats = npt.NDArray[np.float64]
_FIELD = "train_linear_model"
_MAX_PASSES = 100
# The search ends when Newton's decrement, twice the gain that is still possible, is this small
# relative to the loss. Relative to the number of rows it would also end if a line separates the
# classes, in which case the loss falls to 0 and the weights grow without bound.
_TOLERANCE = 1e-16
# This many rows at once stay in the cache.
_PIECE_ROWS = 8192


@dataclass(frozen=True)
class LogisticRows:
    """Rows to fit, which are read again in every pass.

    Attributes:
        weights: The table and the weights of its rows.
        features: Columns to read, numeric and finite.
        label: Column of the class, with two values and without nulls.
        positive: The class whose probability is fitted.
    """

    weights: RowWeights
    features: tuple[str, ...]
    label: str
    positive: pa.Scalar

    def pieces(self) -> Iterator[tuple[Floats, Floats, Floats | None]]:
        """Yield the rows in pieces of n rows, in order.

        Yields:
            Features as a float64 array of shape (n_features + 1, n), whose last row is 1 for the
            intercept, signs of shape (n,): -1 for the positive class and 1 for the other, and
            weights of shape (n,), or None if all rows count once.

        Raises:
            DataError: If a feature is null, NaN or infinite.
        """
        for block, weights in self.weights.blocks([*self.features, self.label]):
            columns = [finite_column(block, name, f"{_FIELD}.features") for name in self.features]
            inputs = np.vstack([*columns, np.ones(block.num_rows)])
            signs = np.where(mask(pc.equal(decoded(block[self.label]), self.positive)), -1.0, 1.0)
            for start in range(0, block.num_rows, _PIECE_ROWS):
                piece = slice(start, start + _PIECE_ROWS)
                yield inputs[:, piece], signs[piece], None if weights is None else weights[piece]


@dataclass(frozen=True)
class LogisticFit:
    """A minimum of the penalised loss.

    Attributes:
        weights: float64 array of shape (n_features + 1,), the intercept being the last.
        log_loss: Sum over the rows, without penalty.
        passes: Number of passes over the rows.
    """

    weights: Floats
    log_loss: float
    passes: int


@dataclass(frozen=True)
class _Point:
    """Value, slope and curvature of the penalised loss at one set of weights."""

    weights: Floats
    log_loss: float
    loss: float
    gradient: Floats
    hessian: Floats


def fit_logistic(rows: LogisticRows, l2: float) -> LogisticFit:
    """Minimise the penalised log loss by Newton's method, starting from weights of 0.

    A step that would raise the loss is halved until it no longer does. The loss is convex, so a
    short enough step lowers it. Near the minimum full steps are taken, and each doubles the number
    of exact digits.

    Args:
        rows: The rows to fit.
        l2: Weight of half the squared weights but the intercept, at least 0.

    Returns:
        The minimum.

    Raises:
        DataError: If a feature is not finite, or there is no unique minimum.

    Source:
        Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, 4.4.1 and 4.4.4; Boyd,
        Vandenberghe, Convex Optimization, 9.5.2 (Newton's decrement).
    """
    penalty = np.append(np.full(len(rows.features), l2), 0.0)
    best, size = _point(rows, penalty, np.zeros(len(penalty))), 1.0
    direction = solve(best.hessian, best.gradient, f"{_FIELD}.l2")
    for passes in range(1, _MAX_PASSES):
        if best.gradient @ direction <= _TOLERANCE * best.loss:
            return LogisticFit(best.weights, best.log_loss, passes)
        trial = _point(rows, penalty, best.weights - size * direction)
        if trial.loss <= best.loss * (1 + 1e-12):  # This is the limit that rounding allows.
            best, size = trial, 1.0
            direction = solve(best.hessian, best.gradient, f"{_FIELD}.l2")
        else:
            size /= 2
    fix = "Raise it: without a penalty, classes that a line separates have no best fit"
    raise DataError(f"{_FIELD}.l2", "let the fit converge", l2, fix)


def _point(rows: LogisticRows, penalty: Floats, weights: Floats) -> _Point:
    """Make a pass over the rows; the contributions of pieces are added in the order of the rows."""
    log_loss, sums = 0.0, np.vstack([np.diag(penalty), penalty * weights])
    for inputs, signs, counts in rows.pieces():
        more, further = _contribution(inputs, signs, weights, counts)
        log_loss, sums = log_loss + more, sums + further
    loss = log_loss + 0.5 * float(penalty @ weights**2)
    return _Point(weights, log_loss, loss, sums[-1], sums[:-1])


def _contribution(
    inputs: Floats, signs: Floats, weights: Floats, counts: Floats | None = None
) -> tuple[float, Floats]:
    """Return the loss of rows, and their Hessian above their gradient.

    A row's loss is log(1 + exp(z)) with z = sign * score. Written with exp(-|z|) nothing overflows.

    Args:
        inputs: Features of shape (n_weights, n).
        signs: 1 or -1, of shape (n,).
        weights: Of shape (n_weights,).
        counts: How much each row counts, of shape (n,); None if all rows count once.

    Returns:
        Sum of the losses, and an array of shape (n_weights + 1, n_weights).
    """
    # Unlike a product of BLAS, this has the same bits on any number of cores.
    z = signs * np.einsum("i,ij->j", weights, inputs)
    small = np.exp(-np.abs(z))
    losses = np.maximum(z, 0.0) + np.log1p(small)
    chance = np.where(z > 0, 1.0, small) / (1.0 + small)
    curvature = small / (1.0 + small) ** 2
    if counts is not None:
        losses, chance, curvature = losses * counts, chance * counts, curvature * counts
    loss = float(losses.sum())
    return loss, products(np.vstack([inputs * curvature, signs * chance]), inputs)
