"""Histograms of values that are given as bins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kfp_component_lib.statistics.quantiles import Distribution

__all__ = ["Histogram", "histogram"]


@dataclass(frozen=True)
class Histogram:
    """The number of values in each of several bars of equal width.

    Attributes:
        counts: Number of values per bar; empty if there are no values.
        low: The smallest value, at the left end of the first bar.
        high: The largest value, at the right end of the last bar.
    """

    counts: list[float]
    low: float | int | None = None
    high: float | int | None = None


def histogram(distribution: Distribution, bars: int = 40) -> Histogram:
    """Return a histogram with bars of equal width; the values of a bin count at its midpoint.

    Args:
        distribution: Distribution of the values.
        bars: Number of bars, at least 1.
    """
    if not len(distribution.bins.counts):
        return Histogram([])
    ends = distribution.values()
    low, high = (side.astype(np.float64) for side in ends)
    # The ends are halved first, because the width of the full range of doubles would overflow.
    middles, left, right = low / 2 + high / 2, low[0] / 2, high[-1] / 2
    places = (middles / 2 - left) / (right - left) if right > left else np.zeros(len(middles))
    index = np.minimum((places * bars).astype(np.intp), bars - 1)
    counts = np.bincount(index, weights=distribution.bins.counts, minlength=bars)
    return Histogram(counts.tolist(), ends[0][0].item(), ends[1][-1].item())
