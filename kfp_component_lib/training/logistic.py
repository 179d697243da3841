"""Logistic regression by Newton's method, in few passes over rows that are not held in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kfp_component_lib.errors import DataError
from kfp_component_lib.tables.arrays import decoded, numbers
from kfp_component_lib.tables.matrix import feature_matrix
from kfp_component_lib.tables.reading import Table
from kfp_component_lib.training.systems import products, solve

__all__ = ["LogisticFit", "LogisticRows", "fit_logistic", "is_class"]

Floats = npt.NDArray[np.float64]
_FIELD = "train_linear_model"
_MAX_STEPS = 200
_TOLERANCE = 1e-18
# How many of the first rows give a start for all rows, and how well they are fitted: their optimum
# is off by about 1 / sqrt(rows) anyway.
_START_ROWS = (1 << 16, 1 << 19)
_START_TOLERANCE = 1e-9
# So many rows at once stay in the cache.
_PIECE_ROWS = 8192
# Beyond, the exponential may overflow, and the loss of a row is its score.
_MOST_SCORE = 500.0
_FACTORS = 16


@dataclass(frozen=True)
class LogisticRows:
    """Rows to fit, read anew in every pass.

    Attributes:
        table: The table.
        features: Columns to read, numeric and finite.
        label: Column of the class, of two values without null.
        positive: The class whose probability is fitted.
        stop: Row to stop before.
    """

    table: Table
    features: tuple[str, ...]
    label: str
    positive: Any
    stop: int

    def blocks(self) -> Iterator[tuple[Floats, Floats, Floats]]:
        """Yield features and signs of blocks of n rows.

        Yields:
            float64 array of shape (n_features + 1, n), whose last row is 1 for the intercept; the
            largest size in each of its rows; and an array of shape (n,), -1 for the positive class
            and 1 for the other. The next block overwrites the first of them.

        Raises:
            DataError: If a feature is null, NaN or infinite.
        """
        columns = [*self.features, self.label]
        inputs = np.ones((len(columns), 0))
        for block in self.table.blocks(columns, 0, self.stop):
            if inputs.shape[1] != block.num_rows:
                inputs = np.ones((len(columns), block.num_rows))
            for row, name in zip(inputs, self.features, strict=False):
                row[:] = numbers(block[name])
            sizes = np.maximum(inputs.max(axis=1), -inputs.min(axis=1))
            if not np.isfinite(sizes).all():
                feature_matrix(block, self.features, _FIELD)
            positive = np.asarray(is_class(block[self.label], self.positive).cast(pa.uint8()))
            yield inputs, sizes, 1.0 - np.multiply(positive, 2.0)


@dataclass(frozen=True)
class LogisticFit:
    """A minimum of the penalised loss.

    Attributes:
        weights: float64 array of shape (n_features + 1,), the intercept being the last.
        log_loss: Sum over the rows, without penalty.
        passes: Number of passes over all rows.
    """

    weights: Floats
    log_loss: float
    passes: int


def fit_logistic(rows: LogisticRows, l2: float) -> LogisticFit:
    """Minimise the penalised log loss.

    The minimum is unique, so where the search starts decides about the number of passes alone:
    it starts at the minimum for the first rows, where there is one.

    Args:
        rows: What to fit.
        l2: Weight of half the squared weights but the intercept, at least 0.

    Returns:
        The minimum; the distance to the exact one, in units of the curvature per row, is at most
        1e-9.

    Raises:
        DataError: If a feature is not finite, or there is no unique minimum.
    """
    zeros = np.zeros(len(rows.features) + 1)
    start = _start(rows, l2, zeros)
    try:
        return _minimise(rows, l2, start, _TOLERANCE)
    except DataError:
        if start is zeros:
            raise
        return _minimise(rows, l2, zeros, _TOLERANCE)


def _start(rows: LogisticRows, l2: float, zeros: Floats) -> Floats:
    """Return the minimum for the first rows, the zeros if they are all rows or have none."""
    weights = zeros
    for stop in _START_ROWS:
        if 4 * stop <= rows.stop:
            first = LogisticRows(rows.table, rows.features, rows.label, rows.positive, stop)
            try:
                share = l2 * stop / rows.stop
                weights = _minimise(first, share, weights, _START_TOLERANCE).weights
            except DataError:
                continue
    return weights


@dataclass(frozen=True)
class _Step:
    """Newton's step, its squared length in units of the curvature, and its reach in scores."""

    direction: Floats
    decrement: float
    reach: float

    @property
    def decrement_after(self) -> float:
        """Largest squared length that the next step can have.

        The curvature of a row changes by a factor of exp(change of its score) at most.

        Source:
            Bach, Self-concordant analysis for logistic regression, 2010, proposition 2.
        """
        if self.reach > 1:
            return np.inf
        share = self.reach / 2 * np.exp(self.reach)
        return float(self.decrement * share * share * np.exp(self.reach))


@dataclass(frozen=True)
class _Point:
    """Value, slope and curvature of the penalised loss at one set of weights, and Newton's step.

    `reach` holds the largest size of each feature.
    """

    weights: Floats
    penalty: Floats
    log_loss: float
    gradient: Floats
    hessian: Floats
    reach: Floats

    @property
    def loss(self) -> float:
        return self.log_loss + 0.5 * float(self.penalty @ self.weights**2)

    def after(self, step: _Step, passes: int) -> LogisticFit:
        """Return the minimum, which the step leads to: its loss needs no pass to be known."""
        weights = self.weights - step.direction
        loss = self.loss - step.decrement / 2
        return LogisticFit(weights, loss - 0.5 * float(self.penalty @ weights**2), passes)

    def step(self) -> _Step:
        direction = solve(self.hessian, self.gradient)
        decrement = float(self.gradient @ direction)
        return _Step(direction, decrement, float(self.reach @ np.abs(direction)))


def _minimise(rows: LogisticRows, l2: float, start: Floats, tolerance: float) -> LogisticFit:
    """Take Newton's steps, halved where the loss would rise, until the next one is short.

    Source:
        Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, 4.4.1 and 4.4.4.
    """
    penalty = np.append(np.full(len(start) - 1, l2), 0.0)
    best, passes, size = _point(rows, penalty, start), 1, 1.0
    if not best.loss <= rows.stop * np.log(2):  # The loss of weights of 0.
        best, passes = _point(rows, penalty, np.zeros(len(start))), 2
    step = best.step()
    for further in range(_MAX_STEPS):
        if step.decrement_after <= tolerance * rows.stop:
            return best.after(step, passes + further)
        trial = _point(rows, penalty, best.weights - size * step.direction)
        if trial.loss > best.loss + 1e-12 * abs(best.loss) or not np.isfinite(trial.loss):
            size /= 2
            continue
        best, size = trial, 1.0
        step = best.step()
    raise DataError(
        f"{_FIELD}.l2 must let the fit converge, got {l2!r}. "
        "Raise it: without a penalty, classes that a line separates have no best fit."
    )


def _point(rows: LogisticRows, penalty: Floats, weights: Floats) -> _Point:
    """Pass over the rows; pieces are added in their order."""
    loss, reach = 0.0, np.zeros(len(weights))
    sums = np.vstack([np.diag(penalty), penalty * weights])
    weighted = np.empty((len(weights) + 1, _PIECE_ROWS))
    for inputs, sizes, signs in rows.blocks():
        reach = np.maximum(reach, sizes)
        for start in range(0, len(signs), _PIECE_ROWS):
            piece = slice(start, start + _PIECE_ROWS)
            part = inputs[:, piece]
            more, further = _piece(part, signs[piece], weights, weighted[:, : part.shape[1]])
            loss, sums = loss + more, sums + further
    return _Point(weights, penalty, loss, sums[-1], sums[:-1], reach)


def _piece(
    inputs: Floats, signs: Floats, weights: Floats, weighted: Floats
) -> tuple[float, Floats]:
    """Return the loss of rows, and their Hessian above their gradient.

    Args:
        inputs: Features of shape (n_weights, n).
        signs: 1 or -1, of shape (n,).
        weights: Of shape (n_weights,).
        weighted: Memory to work in, of shape (n_weights + 1, n).

    Returns:
        Sum of log(1 + exp(z)) for z = sign * score, and an array (n_weights + 1, n_weights).
    """
    scores = np.einsum("i,ij->j", weights, inputs)
    scores *= signs
    highest, excess = scores.max(), 0.0
    if not highest <= _MOST_SCORE:
        excess = float(np.maximum(scores - _MOST_SCORE, 0.0).sum())
        np.minimum(scores, _MOST_SCORE, out=scores)
    odds = np.exp(scores, out=scores)
    more = 1.0 + odds
    loss = _log_sum(odds, more, highest)
    against = np.divide(1.0, more, out=more)
    chance = np.multiply(odds, against, out=odds)
    np.multiply(inputs, np.multiply(chance, against, out=against), out=weighted[:-1])
    np.multiply(chance, signs, out=weighted[-1])
    return loss + excess, products(weighted, inputs)


def _log_sum(odds: Floats, more: Floats, highest: float) -> float:
    """Return the sum of log(1 + odds), given 1 + odds.

    A logarithm of products takes a tenth of the time. It is off by 2^-53 a row, which is nothing
    beside a sum of at least log(1 + 8).
    """
    groups, rest = divmod(len(more), _FACTORS)
    if rest or highest > _MOST_SCORE / _FACTORS or not odds.sum() >= 8:
        return float(np.log1p(odds).sum())
    return float(np.log(np.multiply.reduce(more.reshape(_FACTORS, groups))).sum())


def is_class(column: pa.Array, value: Any) -> pa.BooleanArray:
    """Return which values of a column are of a class.

    Args:
        column: Values of length n, or a dictionary of such.
        value: The class, as `to_pylist` returns it.

    Returns:
        Booleans of length n, null where the column is.
    """
    column = decoded(column)
    return pc.equal(column, pa.scalar(value, column.type))
