"""Histograms of values that are known by their bins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kfp_component_lib.statistics.quantiles import Distribution

__all__ = ["Histogram", "histogram"]


@dataclass(frozen=True)
class Histogram:
    """How many values lie in each of several bars of equal width.

    Attributes:
        counts: Values per bar; empty if there are none.
        low: The smallest value, at the left end of the first bar.
        high: The largest value, at the right end of the last bar.
    """

    counts: list[float]
    low: float | int | None = None
    high: float | int | None = None


def histogram(distribution: Distribution, bars: int = 40) -> Histogram:
    """Return a histogram over bars of equal width; a bin counts where its middle lies.

    Args:
        distribution: Where the values lie.
        bars: Number of bars, at least 1.
    """
    if not distribution.bins.total:
        return Histogram([])
    ends = distribution.values()
    low, high = (side.astype(np.float64) for side in ends)
    # Halved first: the width of what doubles can hold is no double.
    middles, left, right = low / 2 + high / 2, low[0] / 2, high[-1] / 2
    places = (middles / 2 - left) / (right - left) if right > left else np.zeros(len(middles))
    index = np.minimum((places * bars).astype(np.intp), bars - 1)
    counts = np.bincount(index, weights=distribution.bins.counts, minlength=bars)
    return Histogram(counts.tolist(), ends[0][0].item(), ends[1][-1].item())
