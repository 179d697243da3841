"""Mean, variance and higher moments of numbers that arrive block by block.

The sums are floating-point sums, so their last bits depend on how the blocks are cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["Moments", "Spread", "means", "merged", "ordered"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Spread:
    """Number of values, their mean, and the sum of their squared deviations from it.

    It can also describe rows of k columns at once: `mean` is then a float64 array of shape (k,),
    and `m2` one of shape (k, k) that holds the sums of products of the deviations of two columns.

    Attributes:
        count: Number of values, or of rows, or the sum of their weights.
        mean: Mean of the values; 0 if there are none.
        m2: Sum of squared deviations; infinite or NaN if it overflows float64.
    """

    count: float = 0
    mean: Any = 0.0
    m2: Any = 0.0

    @classmethod
    def of(cls, values: Floats, weights: Floats | None = None) -> Spread:
        """Return the spread of finite float64 values of shape (n,).

        Args:
            values: The values; they are not changed.
            weights: How much each value counts, of the same shape, above 0 and up to 1; None if all
                count once.
        """
        if not len(values):
            return cls()
        mean, deviations = _centred(values)
        with np.errstate(over="ignore", invalid="ignore"):
            if weights is not None:
                # The deviations of equal values are 0, so their mean stays exact.
                total = float(weights.sum())
                shift = float(weights @ deviations) / total
                deviations -= shift
                return cls(total, mean + shift, float(weights @ np.square(deviations)))
            np.multiply(deviations, deviations, out=deviations)
            return cls(len(values), mean, float(deviations.sum()))

    def merge(self, other: Spread) -> Spread:
        """Return the spread of both sets of values combined.

        Source:
            Chan, Golub, LeVeque, Updating formulae and a pairwise algorithm for computing sample
            variances, 1979, equation 2.1; for several columns, the same with their products.
        """
        if not self.count or not other.count:
            return other if other.count else self
        total = self.count + other.count
        with np.errstate(over="ignore", invalid="ignore"):
            shift = other.mean - self.mean
            between = np.multiply.outer(shift, shift) * (self.count * other.count / total)
            mean = self.mean + shift * (other.count / total)
            return Spread(total, mean, self.m2 + other.m2 + between)

    @property
    def variance(self) -> float | None:
        """Population variance of one column; None without values or if it overflows float64."""
        return _finite(self.m2 / self.count) if self.count else None

    @property
    def std(self) -> float | None:
        """Sample standard deviation; None for fewer than two values or if it overflows float64."""
        return _finite(np.sqrt(self.m2 / (self.count - 1))) if self.count > 1 else None


@dataclass(frozen=True)
class Moments:
    """The spread of values, and the sums of the third and fourth powers of their deviations.

    Source:
        Pébay, Formulas for robust, one-pass parallel computation of covariances and
        arbitrary-order statistical moments, SAND2008-6212, equations 2.1 and 3.1.
    """

    spread: Spread = field(default_factory=Spread)
    m3: float = 0.0
    m4: float = 0.0

    @classmethod
    def of(cls, values: Floats) -> Moments:
        """Return the moments of finite float64 values of shape (n,)."""
        if not len(values):
            return cls()
        mean, deviations = _centred(values)
        with np.errstate(over="ignore", invalid="ignore"):
            squares = deviations * deviations
            m2 = float(squares.sum())
            # Allocating new memory costs more than the computation.
            m3 = float(np.multiply(deviations, squares, out=deviations).sum())
            m4 = float(np.multiply(squares, squares, out=squares).sum())
        return cls(Spread(len(values), mean, m2), m3, m4)

    def merge(self, other: Moments) -> Moments:
        """Return the moments of both sets of values combined."""
        if not self.spread.count or not other.spread.count:
            return other if other.spread.count else self
        with np.errstate(over="ignore", invalid="ignore"):
            return self._combined(other)

    def _combined(self, other: Moments) -> Moments:
        a, b, n = self.spread.count, other.spread.count, self.spread.count + other.spread.count
        m2, further = self.spread.m2, other.spread.m2
        d = np.float64(other.spread.mean) - self.spread.mean
        m3 = self.m3 + other.m3 + d**3 * a * b * (a - b) / n**2
        m3 += 3 * d * (a * further - b * m2) / n
        m4 = self.m4 + other.m4 + d**4 * a * b * (a * a - a * b + b * b) / n**3
        m4 += 6 * d**2 * (a * a * further + b * b * m2) / n**2
        m4 += 4 * d * (a * other.m3 - b * self.m3) / n
        return Moments(self.spread.merge(other.spread), float(m3), float(m4))

    @property
    def skewness(self) -> float | None:
        """Population skewness; None if all values are equal or it overflows float64."""
        return self._standardised(self.m3, 1.5)

    @property
    def kurtosis(self) -> float | None:
        """Population excess kurtosis; None if all values are equal or it overflows float64."""
        ratio = self._standardised(self.m4, 2)
        return None if ratio is None else ratio - 3

    def _standardised(self, power_sum: float, exponent: float) -> float | None:
        with np.errstate(all="ignore"):
            scale = np.float64(self.spread.m2) ** exponent
            return _finite(float(self.spread.count) ** (exponent - 1) * power_sum / scale)


Part = TypeVar("Part", Spread, Moments)


def merged(parts: Sequence[Part], empty: Part) -> Part:
    """Merge parts into one; the result has the same bits in whatever order they are given.

    Args:
        parts: Spreads or moments of blocks of values.
        empty: The result if there are no parts.
    """
    whole = empty
    for part in ordered(parts):
        whole = whole.merge(part)
    return whole


def ordered(parts: Sequence[Part]) -> list[Part]:
    """Sort parts by their numbers alone, including NaN."""
    return sorted(parts, key=repr)


def means(rows: Floats) -> Floats:
    """Return the mean of each row; the mean of equal values is that value, without rounding.

    The deviations of a constant are therefore exactly 0, in one block and after merging. That makes
    a variance of 0 a reliable sign of a constant, which a rounded variance would not be.

    Args:
        rows: Finite float64 array of shape (k, n), n > 0.

    Returns:
        float64 array of shape (k,), infinite or NaN where a sum overflows float64.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        found: Floats = rows.mean(axis=1)
    # Comparing both ends first avoids the search for different values in most rows.
    for n in np.flatnonzero(rows[:, 0] == rows[:, -1]):
        if rows[n].min() == rows[n].max():
            found[n] = rows[n, 0]
    return found


def _centred(values: Floats) -> tuple[float, Floats]:
    """Return the mean of values, and a new array of their deviations from it."""
    mean = float(means(values[np.newaxis])[0])
    with np.errstate(over="ignore", invalid="ignore"):
        return mean, values - mean


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
