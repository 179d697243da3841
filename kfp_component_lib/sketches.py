"""Statistics of a column that are gathered block by block and merged across shards.

Each of them is a value of its own: `add` returns a new one. What `Bins` and `Distinct` hold in the
end depends on the values alone, not on their order or on how they were divided; `Moments`
and `Spread` add floating-point numbers, so their last bits depend on the blocks.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

__all__ = ["Bins", "Distinct", "Moments", "Spread", "float_keys", "key_floats"]

Floats = npt.NDArray[np.float64]
Int64s = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32] | npt.NDArray[np.int64]
UInt64s = npt.NDArray[np.uint64]
_SPARSE = 4
# Counts of so many values stay in the cache.
_MOST_COUNTS = 1 << 19


def _no_ints() -> Int64s:
    return np.empty(0, np.int64)


@dataclass(frozen=True)
class Spread:
    """Count, mean, and sum of squared deviations from the mean: what `Moments` hold, and less.

    Source:
        Chan, Golub, LeVeque, Updating formulae and a pairwise algorithm for computing sample
        variances, 1979, equation 2.1.
    """

    count: int = 0
    mean: float = 0.0
    m2: float = 0.0

    def add(self, values: Floats) -> Spread:
        """Return the spread with finite float64 values of shape (n,) added, n > 0."""
        more, total = len(values), self.count + len(values)
        with np.errstate(over="ignore", invalid="ignore"):
            mean = values.mean()
            deviations = values - mean
            m2 = np.multiply(deviations, deviations, out=deviations).sum()
            shift = mean - self.mean
            m2 += self.m2 + shift * shift * (self.count * more / total)
        return Spread(total, float(self.mean + shift * (more / total)), float(m2))


@dataclass(frozen=True)
class Moments:
    """Count, mean, and sums of powers of deviations from the mean.

    Source:
        Pébay, Formulas for robust, one-pass parallel computation of covariances and
        arbitrary-order statistical moments, SAND2008-6212, equations 2.1 and 3.1.
    """

    count: int = 0
    mean: float = 0.0
    m2: float = 0.0
    m3: float = 0.0
    m4: float = 0.0

    def add(self, values: Floats) -> Moments:
        """Return the moments with finite float64 values of shape (n,) added."""
        if not len(values):
            return self
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float(values.mean())
            deviations = values - mean
            squares = deviations * deviations
            m2 = float(squares.sum())
            # Fresh memory costs more than what is computed in it.
            m3 = float(np.multiply(deviations, squares, out=deviations).sum())
            m4 = float(np.multiply(squares, squares, out=squares).sum())
        return self.merge(Moments(len(values), mean, m2, m3, m4))

    def merge(self, other: Moments) -> Moments:
        """Return the moments of both sets of values together."""
        if not self.count or not other.count:
            return other if other.count else self
        with np.errstate(over="ignore", invalid="ignore"):
            return self._combined(other)

    def _combined(self, other: Moments) -> Moments:
        n, a, b = self.count + other.count, self.count, other.count
        d = np.float64(other.mean) - self.mean
        m2 = self.m2 + other.m2 + d**2 * a * b / n
        m3 = self.m3 + other.m3 + d**3 * a * b * (a - b) / n**2
        m3 += 3 * d * (a * other.m2 - b * self.m2) / n
        m4 = self.m4 + other.m4 + d**4 * a * b * (a * a - a * b + b * b) / n**3
        m4 += 6 * d**2 * (a * a * other.m2 + b * b * self.m2) / n**2
        m4 += 4 * d * (a * other.m3 - b * self.m3) / n
        return Moments(n, float(self.mean + d * b / n), float(m2), float(m3), float(m4))

    @property
    def variance(self) -> float | None:
        """Population variance, None without values."""
        return _finite(self.m2 / self.count) if self.count else None

    @property
    def std(self) -> float | None:
        """Sample standard deviation, None for fewer than two values or beyond doubles."""
        return _finite(np.sqrt(self.m2 / (self.count - 1))) if self.count > 1 else None

    @property
    def skewness(self) -> float | None:
        """Population skewness, None where all values are equal or beyond doubles."""
        return self._standardised(self.m3, 1.5)

    @property
    def kurtosis(self) -> float | None:
        """Population excess kurtosis, None where all values are equal or beyond doubles."""
        ratio = self._standardised(self.m4, 2)
        return None if ratio is None else ratio - 3

    def _standardised(self, power_sum: float, exponent: float) -> float | None:
        with np.errstate(all="ignore"):
            scale = np.float64(self.m2) ** exponent
            return _finite(float(self.count) ** (exponent - 1) * power_sum / scale)


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


@dataclass(frozen=True)
class Bins:
    """How many values lie in which bin; bins are as fine as `limit` of them allow.

    A bin is a prefix of a key's bits: keys that agree but for the last `shift` bits share one.
    Up to `limit` different keys every key has its own bin, and all that is computed is exact.

    Attributes:
        shift: Number of bits that are dropped.
        prefixes: int64 array, sorted and without repetition.
        counts: int64 array of the same shape.
        limit: Largest number of bins.
        lowest: Smallest key added, exactly.
        highest: Largest key added, exactly.
    """

    shift: int = 0
    prefixes: Int64s = field(default_factory=_no_ints)
    counts: Int64s = field(default_factory=_no_ints)
    limit: int = 8192
    lowest: int = 0
    highest: int = 0

    @property
    def exact(self) -> bool:
        """Whether each key has its own bin."""
        return self.shift == 0

    @property
    def total(self) -> int:
        """Number of keys added."""
        return int(self.counts.sum())

    def add(self, keys: Int64s) -> Bins:
        """Return the bins with int64 keys of shape (n,) added."""
        if not len(keys):
            return self
        reach = (int(keys.min()), int(keys.max()))
        prefixes, counts = _counted(_narrow(keys >> self.shift, *(k >> self.shift for k in reach)))
        return self.merge(Bins(self.shift, prefixes, counts, self.limit, *reach))

    def merge(self, other: Bins) -> Bins:
        """Return the bins of both sets of keys together."""
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

    def _coarsened(self, shift: int, prefixes: Int64s, counts: Int64s) -> Bins:
        """Join equal prefixes, dropping bits until there are few enough of them."""
        starts = np.flatnonzero(_changes(prefixes))
        if len(starts) > self.limit:
            dropped = _excess(prefixes, self.limit)
            shift, prefixes = shift + dropped, prefixes >> dropped
            starts = np.flatnonzero(_changes(prefixes))
        if len(counts):
            prefixes, counts = prefixes[starts], np.add.reduceat(counts, starts)
        return replace(self, shift=shift, prefixes=prefixes, counts=counts)

    def edges(self) -> tuple[Int64s, Int64s]:
        """Return the smallest and the largest key that each bin can hold."""
        low = self.prefixes << self.shift
        high = low + np.int64((1 << self.shift) - 1)
        return np.maximum(low, self.lowest), np.minimum(high, self.highest)

    def bin_of_rank(self, rank: int) -> int:
        """Return the number of the bin that holds the key of this rank, counted from 0."""
        return int(np.searchsorted(np.cumsum(self.counts), rank, side="right"))


def _excess(ordered: Int64s, limit: int) -> int:
    """Return how many bits to drop from sorted keys, that `limit` different ones be left.

    Neighbours stay different as long as a bit is kept in which they differ.
    """
    differences = (ordered[1:] ^ ordered[:-1]).view(np.uint64)
    return int(np.partition(differences, -limit)[-limit]).bit_length()


def _narrow(values: Int64s, lowest: int, highest: int) -> Ints:
    """Return values as 32 bits where they fit: half as wide, twice as fast to count."""
    fits = -(1 << 31) <= lowest and highest < 1 << 31
    return values.astype(np.int32) if fits else values


def _counted(values: Ints) -> tuple[Int64s, Int64s]:
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


def _tallied(sizes: Ints, signs: Ints, lowest: int) -> tuple[Int64s, Int64s]:
    """Count values by size, which is `~value` for a negative one, and sign, which is 0 or -1.

    Keys of doubles lie far from zero on both sides of it, but their sizes lie close together.
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
    """Return for each entry of a sorted array whether it differs from the one before."""
    first = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return first


@dataclass(frozen=True)
class Distinct:
    """The values with the smallest hashes, and how often each of them occurs.

    Up to `limit` distinct values they are all there, with their counts. Beyond, these are a
    random sample of the distinct values, and their number is estimated from how dense the hashes
    lie, with a standard error of 1 / sqrt(limit - 2): 1.6 % for the default.

    Attributes:
        hashes: uint64 array, sorted and without repetition.
        counts: int64 array of the same shape: exact occurrences of each value.
        examples: Text of each kept value, by its hash; empty if none was given.
        limit: Largest number of values kept.
        full: Whether values were left out.

    Source:
        Bar-Yossef et al., Counting distinct elements in a data stream, 2002 (k minimum values);
        Beyer et al., On synopses for distinct-value estimation, 2007 (the unbiased estimator).
    """

    hashes: UInt64s = field(default_factory=lambda: np.empty(0, np.uint64))
    counts: Int64s = field(default_factory=_no_ints)
    examples: dict[int, str] = field(default_factory=dict)
    limit: int = 4096
    full: bool = False

    def add(
        self, hashes: UInt64s, counts: Int64s, examples: dict[int, str] | None = None
    ) -> Distinct:
        """Return the sketch with values added: their different hashes, how often, their texts."""
        return self.merge(Distinct(hashes, counts, examples or {}, self.limit))

    def add_hashes(self, hashes: UInt64s) -> Distinct:
        """Return the sketch with values added, given by their hashes of shape (n,)."""
        if self.full:  # What is left out needs no sorting.
            hashes = hashes[hashes <= self.hashes[-1]]
        return self.add(*np.unique(hashes, return_counts=True))

    def merge(self, other: Distinct) -> Distinct:
        """Return the sketch of both sets of values together."""
        both = np.concatenate([self.hashes, other.hashes])
        hashes, inverse = np.unique(both, return_inverse=True)
        counts = np.zeros(len(hashes), np.int64)
        np.add.at(counts, inverse, np.concatenate([self.counts, other.counts]))
        full = self.full or other.full or len(hashes) > self.limit
        hashes, counts = hashes[: self.limit], counts[: self.limit]
        examples = {**self.examples, **other.examples}
        kept = {int(h): examples[int(h)] for h in hashes} if examples else {}
        return Distinct(hashes, counts, kept, self.limit, full)

    @property
    def estimate(self) -> int:
        """Number of distinct values: exact unless `full`."""
        if not self.full:
            return len(self.hashes)
        return round((self.limit - 1) / ((float(self.hashes[-1]) + 1) / 2.0**64))

    def most_common(self, number: int) -> list[tuple[str, int]]:
        """Return the most frequent of the kept values with their counts, ties by text."""
        pairs = [
            (self.examples[int(h)], int(c)) for h, c in zip(self.hashes, self.counts, strict=True)
        ]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))[:number]


def float_keys(values: Floats) -> Int64s:
    """Map float64 values to int64 keys of the same order.

    Args:
        values: Array of shape (n,) without NaN; -0.0 and 0.0 have one key.

    Returns:
        int64 array of shape (n,): neighbouring doubles have neighbouring keys.

    Source:
        IEEE 754-2008, 3.4: as integers, doubles of one sign are ordered by magnitude.
    """
    keys = (values + 0.0).view(np.int64)
    keys ^= (keys >> 63) & np.int64(0x7FFFFFFFFFFFFFFF)
    return keys


def key_floats(keys: Int64s) -> Floats:
    """Map keys back to the float64 values that `float_keys` made them of.

    Args:
        keys: int64 array of shape (n,).

    Returns:
        float64 array of shape (n,).
    """
    floats: Floats = np.where(keys < 0, keys ^ np.int64(0x7FFFFFFFFFFFFFFF), keys).view(np.float64)
    return floats
