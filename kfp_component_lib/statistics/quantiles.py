"""Quantiles of values that are given as bins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from kfp_component_lib.statistics.bins import Bins, key_floats

__all__ = ["Distribution"]


@dataclass(frozen=True)
class Distribution:
    """The distribution of values.

    Attributes:
        bins: Bins of their keys.
        whole: Whether a key is the value itself, an integer, rather than the `float_keys` of it.
    """

    bins: Bins
    whole: bool = False

    def values(self) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """Return the smallest and the largest value that each bin can hold."""
        low, high = self.bins.edges()
        return (low, high) if self.whole else (key_floats(low), key_floats(high))

    def quantile(self, q: float) -> float | int | None:
        """Interpolate between the two values closest to rank `q * (n - 1)`.

        The result is exact if `bins.exact` is true. Otherwise its error is at most the width of the
        bins that hold these two values; see `quantile_error`.

        Args:
            q: A number between 0 and 1.

        Returns:
            The quantile, or None if there are no values. It is an int if the values are integers
            and it is one of them.

        Source:
            Hyndman and Fan 1996, definition 7, which is the default of NumPy and pandas.
        """
        if not self.bins.total:
            return None
        rank = q * (self.bins.total - 1)
        last = self.bins.total - 1
        below, share = int(rank), rank - int(rank)
        low, high = self._at(below), self._at(min(below + 1, last))
        return low if share == 0 or low == high else float(low + (high - low) * share)

    def quantile_error(self, quantiles: Iterable[float]) -> float:
        """Return the largest width of a bin next to one of the quantiles; 0 if they are exact."""
        if self.bins.exact or not self.bins.total:
            return 0.0
        low, high = self.values()
        last = self.bins.total - 1
        ranks = [int(q * last) for q in quantiles]
        bins = [self.bins.bin_of_rank(min(r + d, last)) for r in ranks for d in (0, 1)]
        return float(max(high[b] - low[b] for b in bins))

    def _at(self, rank: int) -> float | int:
        """Return the value of this rank: exact if it is the first or last, else from its bin."""
        low, high = self.values()
        if rank == 0 or rank == self.bins.total - 1:
            end: float | int = (low[0] if rank == 0 else high[-1]).item()
            return end
        first: float | int
        first, last = (side[self.bins.bin_of_rank(rank)].item() for side in (low, high))
        return first if first == last else type(first)(first + (last - first) / 2)
