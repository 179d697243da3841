"""Distances between two distributions of a column."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kfp_component_lib.statistics.columns import ColumnProfile

__all__ = ["Part", "kolmogorov_smirnov", "parts_of", "stability_index"]

Floats = npt.NDArray[np.float64]
_PARTS = 10
_FLOOR = 1e-4


@dataclass(frozen=True)
class Part:
    """A part of the range of a column, and the share of all rows whose values are in it.

    Attributes:
        name: What the part contains, for people.
        before: Share in the reference.
        after: Share in the current rows.
        floor: The value that replaces a smaller share.
    """

    name: str
    before: float
    after: float
    floor: float = _FLOOR


def stability_index(parts: list[Part]) -> float:
    """Return the population stability index of two distributions over the same parts.

    Args:
        parts: Parts that are disjoint and together cover all rows.

    Returns:
        Sum of (q - p) ln(q / p) over the parts, where p and q are the shares, or the floor if a
        share is smaller. The floor keeps the index finite.

    Source:
        Siddiqi, Credit Risk Scorecards, 2006; it is the symmetric Kullback-Leibler (Jeffreys)
        divergence.
    """
    floors = np.array([part.floor for part in parts])
    p = np.maximum([part.before for part in parts], floors)
    q = np.maximum([part.after for part in parts], floors)
    return float(((q - p) * np.log(q / p)).sum())


def kolmogorov_smirnov(old: ColumnProfile, new: ColumnProfile) -> tuple[float, float] | None:
    """Return the largest distance between two cumulative distributions, and its possible error.

    Args:
        old: Profile of a number or time column.
        new: Profile of another column of the same type.

    Returns:
        The distance at the edges of the bins, infinite values included; and the largest share of
        rows in one bin, by which the distance between the edges may be larger, or 0 if no bin holds
        different values. None if one side has no values.

    Source:
        Smirnov 1939: D = sup |F(x) - G(x)|.
    """
    sizes = [side.bins.total + side.infinite for side in (old, new)]
    if not all(sizes):
        return None
    merged = old.bins.merge(new.bins)
    sums, widest = [], 0.0
    for side, size in zip((old, new), sizes, strict=True):
        shares = np.append(side.negative_infinite, side.bins.aligned(merged)) / size
        sums.append(np.cumsum(shares))
        widest = max(widest, float(shares[1:].max(initial=0.0)))
    return float(np.abs(sums[0] - sums[1]).max()), 0.0 if merged.exact else widest


def parts_of(old: ColumnProfile, new: ColumnProfile) -> list[Part]:
    """Divide the rows of two columns into parts, over which they are then compared.

    Null and NaN form a part. Numbers and times are divided into ten parts that hold equal shares of
    the reference; a value that is frequent enough to fill a part gets its own. Values below and
    above everything in the reference form parts, and so does each infinity. Texts are divided by
    value.

    Args:
        old: Profile of a column of the reference.
        new: Profile of the current column, of the same type.

    Returns:
        Parts whose shares add up to 1 on each side. Values that are only counted, such as lists,
        are divided into missing and present.
    """
    missing = Part("missing", old.missing, new.missing)
    if old.kind == "other":
        return [missing, Part("present", 1 - old.missing, 1 - new.missing)]
    return [missing, *(_texts(old, new) if old.kind == "category" else _numbers(old, new))]


def _numbers(old: ColumnProfile, new: ColumnProfile) -> list[Part]:
    merged = old.bins.merge(new.bins)
    before, after = (side.bins.aligned(merged) / side.rows for side in (old, new))
    known = np.flatnonzero(before)
    first, stop = (known[0], known[-1] + 1) if len(known) else (len(before), len(before))
    # Without drift, one more row lies below all rows of the reference with this probability.
    rare = max(_FLOOR, 1 / (old.rows + 1))
    return [
        Part("-∞", *(side.negative_infinite / side.rows for side in (old, new))),
        Part("below the reference", 0.0, float(after[:first].sum()), rare),
        *_inside(before[first:stop], after[first:stop]),
        Part("above the reference", 0.0, float(after[stop:].sum()), rare),
        Part("+∞", *((side.infinite - side.negative_infinite) / side.rows for side in (old, new))),
    ]


def _inside(before: Floats, after: Floats) -> list[Part]:
    """Divide bins into parts of equal shares; each part ends with the bin of its quantile."""
    if not len(before):
        return []
    share = before.sum() / _PARTS
    targets = np.arange(1, _PARTS) * share
    ends = np.searchsorted(np.cumsum(before), targets * (1 - 1e-12))
    frequent = np.flatnonzero(before >= share * (1 - 1e-12))
    starts = np.unique(np.concatenate([[0], ends + 1, frequent, frequent + 1]))
    starts = starts[starts < len(before)]
    sums = zip(*(np.add.reduceat(side, starts).tolist() for side in (before, after)), strict=True)
    return [Part(f"part {n} of the reference", *pair) for n, pair in enumerate(sums, 1)]


def _texts(old: ColumnProfile, new: ColumnProfile) -> list[Part]:
    """Divide by value; if there are too many values, by the random sample that both sketches hold.

    A side without any value in the sample has few of the values that the other side has.
    """
    merged = old.distinct.merge(new.distinct)
    shares = []
    for side in (old, new):
        counts, known = np.zeros(len(merged.hashes) + 1), side.distinct
        kept = np.isin(known.hashes, merged.hashes)
        counts[np.searchsorted(merged.hashes, known.hashes[kept])] = known.counts[kept]
        counts[-1] = not counts.any() and side.missing < 1
        shares.append(counts / max(counts.sum(), 1) * (1 - side.missing))
    names = [merged.examples.get(int(h), "") for h in merged.hashes] + ["other values"]
    return [Part(name, *map(float, pair)) for name, *pair in zip(names, *shares, strict=True)]
