"""Quantiles of values that are given as bins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from kfp_component_lib.statistics.bins import Bins, key_floats

__all__ = ["Distribution"]


@dataclass(frozen=True)
class Distribution:
    """The distribution of values. What several quantiles need is computed once and kept.

    Attributes:
        bins: Bins of their keys.
        whole: Whether a key is the value itself, an integer, rather than the `float_keys` of it.
    """

    bins: Bins
    whole: bool = False

    def values(self) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """Return the smallest and the largest value that each bin can hold."""
        return self._ends

    @cached_property
    def _ends(self) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        low, high = self.bins.edges()
        return (low, high) if self.whole else (key_floats(low), key_floats(high))

    @cached_property
    def _total(self) -> int:
        return self.bins.total

    @cached_property
    def _counted(self) -> npt.NDArray[Any]:
        """The number of values up to and including each bin."""
        return np.cumsum(self.bins.counts)

    def _bin_of_rank(self, rank: int) -> int:
        """Return what `bins.bin_of_rank` returns, without adding up the counts each time."""
        return int(np.searchsorted(self._counted, rank, side="right"))

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
        if not self._total:
            return None
        last = self._total - 1
        rank = q * last
        below, share = int(rank), rank - int(rank)
        low, high = self._at(below), self._at(min(below + 1, last))
        return low if share == 0 or low == high else float(low + (high - low) * share)

    def quantile_error(self, quantiles: Iterable[float]) -> float:
        """Return the largest width of a bin next to one of the quantiles; 0 if they are exact."""
        if self.bins.exact or not self._total:
            return 0.0
        low, high = self.values()
        last = self._total - 1
        ranks = [int(q * last) for q in quantiles]
        bins = [self._bin_of_rank(min(r + d, last)) for r in ranks for d in (0, 1)]
        return float(max(high[b] - low[b] for b in bins))

    def _at(self, rank: int) -> float | int:
        """Return the value of this rank: exact if it is the first or last, else from its bin."""
        low, high = self.values()
        if rank == 0 or rank == self._total - 1:
            end: float | int = (low[0] if rank == 0 else high[-1]).item()
            return end
        first: float | int
        first, last = (side[self._bin_of_rank(rank)].item() for side in (low, high))
        return first if first == last else type(first)(first + (last - first) / 2)
