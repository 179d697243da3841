"""Distinct: the different values of a column, in memory that does not grow with their number.

The final content of a `Distinct` depends only on the values, not on their order or on how they were
divided into blocks and shards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kfp_component_lib.statistics.hashing import hash_values
from kfp_component_lib.tables.arrays import to_numpy

__all__ = ["Distinct", "distinct_texts"]

Int64s = npt.NDArray[np.int64]
UInt64s = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Distinct:
    """The values with the smallest hashes, and how often each of them occurs.

    Up to `limit` distinct values are all kept, with their counts. Beyond that, the kept values are
    a random sample of the distinct values, whose number is estimated from the density of the
    hashes, with a standard error of 1 / sqrt(limit - 2): 1.6 % for the default.

    Attributes:
        hashes: uint64 array, sorted and without duplicates.
        counts: int64 array of the same shape: the exact number of occurrences of each value.
        examples: Text of each kept value, by its hash; empty if no texts were given.
        limit: Largest number of values that are kept.
        full: Whether values were left out.

    Source:
        Bar-Yossef et al., Counting distinct elements in a data stream, 2002 (k minimum values);
        Beyer et al., On synopses for distinct-value estimation, 2007 (the unbiased estimator).
    """

    hashes: UInt64s = field(default_factory=lambda: np.empty(0, np.uint64))
    counts: Int64s = field(default_factory=lambda: np.empty(0, np.int64))
    examples: dict[int, str] = field(default_factory=dict)
    limit: int = 4096
    full: bool = False

    def add(
        self, hashes: UInt64s, counts: Int64s, examples: dict[int, str] | None = None
    ) -> Distinct:
        """Return the sketch with values added, given as distinct hashes, counts and texts."""
        return self.merge(Distinct(hashes, counts, examples or {}, self.limit))

    def add_hashes(self, hashes: UInt64s) -> Distinct:
        """Return the sketch with values added, given by their hashes of shape (n,)."""
        if self.full:  # Values that will be left out need not be sorted.
            hashes = hashes[hashes <= self.hashes[-1]]
        block = self._smallest(hashes)
        return self.merge(block) if len(self.hashes) else block

    def _smallest(self, hashes: UInt64s) -> Distinct:
        """Return the sketch of hashes alone, of shape (n,)."""
        if len(hashes) > 2 * self.limit:
            # Finding the smallest hashes takes a quarter of the time of sorting all of them.
            last = np.partition(hashes, self.limit)[self.limit]
            smallest = self._sorted(hashes[hashes <= last])
            if smallest.full:
                return smallest
        return self._sorted(hashes)

    def _sorted(self, hashes: UInt64s) -> Distinct:
        different, counts = np.unique(hashes, return_counts=True)
        full = len(different) > self.limit
        return Distinct(self._kept(different), self._kept(counts), limit=self.limit, full=full)

    def _kept(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return the first values in an array of their own, which does not hold the others."""
        return values[: self.limit].copy() if len(values) > self.limit else values

    def merge(self, other: Distinct) -> Distinct:
        """Return the sketch of both sets of values combined."""
        both = np.concatenate([self.hashes, other.hashes])
        hashes, inverse = np.unique(both, return_inverse=True)
        counts = np.zeros(len(hashes), np.int64)
        np.add.at(counts, inverse, np.concatenate([self.counts, other.counts]))
        full = self.full or other.full or len(hashes) > self.limit
        hashes, counts = self._kept(hashes), self._kept(counts)
        examples = {**self.examples, **other.examples}
        kept = {int(h): examples[int(h)] for h in hashes} if examples else {}
        return Distinct(hashes, counts, kept, self.limit, full)

    @property
    def estimate(self) -> int:
        """Number of distinct values; exact unless `full`."""
        if not self.full:
            return len(self.hashes)
        return round((self.limit - 1) / ((float(self.hashes[-1]) + 1) / 2.0**64))

    def most_common(self, number: int) -> list[tuple[str, int]]:
        """Return the most frequent kept values with their counts; ties are ordered by text."""
        pairs = [
            (self.examples[int(h)], int(c)) for h, c in zip(self.hashes, self.counts, strict=True)
        ]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))[:number]


def distinct_texts(column: pa.Array, shown: Callable[[object], str]) -> Distinct:
    """Return the different values of a block of a column, with their texts.

    Args:
        column: Values of length n, without nulls, of a type that is a category.
        shown: Function that returns the text of a value. It is called only for the kept values.
    """
    encoded = column.dictionary_encode()
    counts = np.bincount(to_numpy(encoded.indices, 0), minlength=len(encoded.dictionary))
    hashes = hash_values(encoded.dictionary)
    empty = Distinct()
    kept = np.argsort(hashes)[: empty.limit]
    examples = {int(hashes[i]): shown(encoded.dictionary[int(i)].as_py()) for i in kept}
    smallest = empty.add(hashes[kept], counts[kept], examples)
    return replace(smallest, full=len(hashes) > len(kept))
