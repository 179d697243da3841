"""Bins: the distribution of numbers, in memory that does not grow with their number.

The final content of `Bins` depends only on the numbers, not on their order or on how they were
divided into blocks and shards; with weights, this holds up to the rounding of their sums.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Bins", "float_keys", "key_floats"]

Floats = npt.NDArray[np.float64]
Int64s = npt.NDArray[np.int64]
Counts = Int64s | Floats
Ints = npt.NDArray[np.int32] | npt.NDArray[np.int64]
_SPARSE = 4
# The counts of this many values fit into the CPU cache.
_MOST_COUNTS = 1 << 19


def _no_ints() -> Int64s:
    return np.empty(0, np.int64)


@dataclass(frozen=True)
class Bins:
    """The number of values in each bin; the bins are as fine as `limit` of them allow.

    A bin is a prefix of the bits of a key: keys that differ only in the last `shift` bits share a
    bin. With up to `limit` different keys every key has its own bin, and all results are exact.

    Attributes:
        shift: Number of low bits that are dropped.
        prefixes: int64 array, sorted and without duplicates.
        counts: int64 array of the same shape, or float64 sums of weights.
        limit: Largest number of bins.
        lowest: Smallest key added; exact.
        highest: Largest key added; exact.
    """

    shift: int = 0
    prefixes: Int64s = field(default_factory=_no_ints)
    counts: Counts = field(default_factory=_no_ints)
    limit: int = 8192
    lowest: int = 0
    highest: int = 0

    @property
    def exact(self) -> bool:
        """Whether every key has its own bin."""
        return self.shift == 0

    @property
    def total(self) -> int:
        """Number of keys that were added, all without weights."""
        return int(self.counts.sum())

    def add(self, keys: Int64s, weights: Floats | None = None) -> Bins:
        """Return the bins with keys added.

        Args:
            keys: int64 array of shape (n,).
            weights: How much each key counts, float64 of shape (n,), above 0; None if all count once.
        """
        if not len(keys):
            return self
        reach = (int(keys.min()), int(keys.max()))
        shift = _wider_than_32(*reach)
        if weights is None and len(keys) > self.limit and shift > self.shift:
            # Half of the bits often suffice to see that finer bins would be too many.
            coarse = self._of(keys, None, reach, shift)
            if len(coarse.counts) > self.limit:
                return self.merge(coarse)
        return self.merge(self._of(keys, weights, reach, self.shift))

    def _of(self, keys: Int64s, weights: Floats | None, reach: tuple[int, int], shift: int) -> Bins:
        """Return the bins of keys alone, any number of them."""
        narrow = _narrow(keys >> shift, *(k >> shift for k in reach))
        prefixes, counts = _counted(narrow) if weights is None else _weighed(narrow, weights)
        return Bins(shift, prefixes, counts, self.limit, *reach)

    def merge(self, other: Bins) -> Bins:
        """Return the bins of both sets of keys combined."""
        if not len(self.counts) or not len(other.counts):
            sole = other if len(other.counts) else self
            return sole._coarsened(sole.shift, sole.prefixes, sole.counts)
        shift = max(self.shift, other.shift)
        parts = [side.prefixes >> (shift - side.shift) for side in (self, other)]
        both = np.concatenate(parts)
        order = np.argsort(both, kind="stable")
        counts = np.concatenate([self.counts, other.counts])[order]
        reach = (min(self.lowest, other.lowest), max(self.highest, other.highest))
        merged = replace(self, lowest=reach[0], highest=reach[1])
        return merged._coarsened(shift, both[order], counts)

    def _coarsened(self, shift: int, prefixes: Int64s, counts: Counts) -> Bins:
        """Merge equal prefixes, and drop bits until at most `limit` of them are left."""
        starts = np.flatnonzero(_changes(prefixes))
        if len(starts) > self.limit:
            dropped = _excess(prefixes, self.limit)
            shift, prefixes = shift + dropped, prefixes >> dropped
            starts = np.flatnonzero(_changes(prefixes))
        if len(counts):
            prefixes, counts = prefixes[starts], np.add.reduceat(counts, starts)
        return replace(self, shift=shift, prefixes=prefixes, counts=counts)

    def aligned(self, coarser: Bins) -> Counts:
        """Count these keys in the bins of another object whose bins are at least as coarse.

        Args:
            coarser: Bins that cover these keys too, such as the result of merging them with others.

        Returns:
            Array of shape (n_bins of `coarser`,) and of the type of `counts`.
        """
        counts: npt.NDArray[Any] = np.zeros(len(coarser.prefixes), self.counts.dtype)
        prefixes = self.prefixes >> (coarser.shift - self.shift)
        np.add.at(counts, np.searchsorted(coarser.prefixes, prefixes), self.counts)
        return counts

    def edges(self) -> tuple[Int64s, Int64s]:
        """Return the smallest and the largest key that each bin can hold."""
        low = self.prefixes << self.shift
        high = low + np.int64((1 << self.shift) - 1)
        return np.maximum(low, self.lowest), np.minimum(high, self.highest)

    def bin_of_rank(self, rank: int) -> int:
        """Return the index of the bin that holds the key of this rank; both count from 0."""
        return int(np.searchsorted(np.cumsum(self.counts), rank, side="right"))


def _excess(ordered: Int64s, limit: int) -> int:
    """Return how many bits to drop from sorted keys so that at most `limit` different ones remain.

    Neighbouring keys stay different as long as a bit in which they differ is kept.
    """
    differences = (ordered[1:] ^ ordered[:-1]).view(np.uint64)
    return int(np.partition(differences, -limit)[-limit]).bit_length()


def _wider_than_32(*values: int) -> int:
    """Return how many low bits to drop so that 32 bits hold the values, signs included."""
    return max(0, *((value ^ (value >> 63)).bit_length() - 31 for value in values))


def _narrow(values: Int64s, lowest: int, highest: int) -> Ints:
    """Return values as 32-bit integers if they fit: half as wide, and twice as fast to count."""
    fits = -(1 << 31) <= lowest and highest < 1 << 31
    return values.astype(np.int32) if fits else values


def _counted(values: Ints) -> tuple[Int64s, Counts]:
    """Return the different values of shape (n,), n > 0, sorted, and how often each occurs."""
    signs = values >> (8 * values.itemsize - 1)
    sizes = values ^ signs
    lowest, highest = int(sizes.min()), int(sizes.max())
    if highest - lowest < min(_SPARSE * len(values), _MOST_COUNTS):
        # Counting takes a third of the time of sorting.
        return _tallied(sizes, signs, lowest)
    ordered = np.sort(values)
    starts = np.flatnonzero(_changes(ordered))
    return ordered[starts].astype(np.int64), np.diff(starts, append=len(ordered))


def _weighed(values: Ints, weights: Floats) -> tuple[Int64s, Counts]:
    """Return the different values of shape (n,), n > 0, sorted, and the sum of each one's weights."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    starts = np.flatnonzero(_changes(ordered))
    return ordered[starts].astype(np.int64), np.add.reduceat(weights[order], starts)


def _tallied(sizes: Ints, signs: Ints, lowest: int) -> tuple[Int64s, Int64s]:
    """Count values by sign, which is 0 or -1, and by size, which is `~value` for a negative value.

    The keys of doubles are far from zero on both sides of it, but their sizes are close together.
    `sizes` is overwritten.
    """
    sizes -= lowest
    sizes <<= 1
    sizes -= signs
    counts = np.bincount(sizes)
    found = np.flatnonzero(counts)
    negative = (found & 1).astype(np.bool_)
    found = np.concatenate([found[negative][::-1], found[~negative]])
    return ((found >> 1) + lowest) ^ -(found & 1), counts[found]


def _changes(ordered: Ints) -> npt.NDArray[np.bool_]:
    """Return for each entry of a sorted array whether it differs from the previous one."""
    first = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return first


def float_keys(values: Floats) -> Int64s:
    """Map float64 values to int64 keys of the same order.

    Args:
        values: Array of shape (n,) without NaN; -0.0 and 0.0 get the same key.

    Returns:
        int64 array of shape (n,): neighbouring doubles have neighbouring keys.

    Source:
        IEEE 754-2008, section 3.4: interpreted as integers, doubles of the same sign are ordered by
        magnitude.
    """
    keys = (values + 0.0).view(np.int64)
    keys ^= (keys >> 63) & np.int64(0x7FFFFFFFFFFFFFFF)
    return keys


def key_floats(keys: Int64s) -> Floats:
    """Map keys back to the float64 values from which `float_keys` made them.

    Args:
        keys: int64 array of shape (n,).

    Returns:
        float64 array of shape (n,).
    """
    floats: Floats = np.where(keys < 0, keys ^ np.int64(0x7FFFFFFFFFFFFFFF), keys).view(np.float64)
    return floats
