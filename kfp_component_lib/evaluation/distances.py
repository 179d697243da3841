"""How far two distributions of a column lie apart."""

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
    """A part of the values of a column, and the share of all rows that lie in it.

    Attributes:
        name: What lies in it, for people.
        before: Share in the reference.
        after: Share in the current rows.
        floor: What a smaller share counts as.
    """

    name: str
    before: float
    after: float
    floor: float = _FLOOR


def stability_index(parts: list[Part]) -> float:
    """Return the population stability index of two distributions over the same parts.

    Args:
        parts: Parts that are disjoint and together complete.

    Returns:
        Sum of (q - p) ln(q / p) over the parts, p and q being the shares, or the floor if that is
        larger, so that the index is finite.

    Source:
        Siddiqi, Credit Risk Scorecards, 2006; it is the symmetric Kullback-Leibler (Jeffreys)
        divergence.
    """
    floors = np.array([part.floor for part in parts])
    p = np.maximum([part.before for part in parts], floors)
    q = np.maximum([part.after for part in parts], floors)
    return float(((q - p) * np.log(q / p)).sum())


def kolmogorov_smirnov(old: ColumnProfile, new: ColumnProfile) -> tuple[float, float] | None:
    """Return the largest distance of two cumulative distributions, and how much it may lack.

    Args:
        old: Profile of a number or time column.
        new: Another one, of the same type.

    Returns:
        Distance at the borders of the bins, infinite values included, and the largest share of rows
        in one bin, by which the distance between borders can be larger; 0 if no bin holds different
        values. None if a side has no values.

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
    """Divide the rows of two columns into the parts over which they are compared.

    Null and NaN are a part. Numbers and times are divided into ten parts that hold equal shares of
    the reference, of which a value that is as frequent has one of its own; what lies below and
    above all of the reference are parts, and so are both infinities. Texts are divided by value.

    Args:
        old: Profile of a column of the reference.
        new: Profile of the same column as it is, of the same type.

    Returns:
        Parts whose shares add up to 1 on each side. What is only counted, such as lists, is either
        missing or there.
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
    # Of so many rows and one more, each is as likely to be the smallest.
    rare = max(_FLOOR, 1 / (old.rows + 1))
    return [
        Part("-∞", *(side.negative_infinite / side.rows for side in (old, new))),
        Part("below the reference", 0.0, float(after[:first].sum()), rare),
        *_inside(before[first:stop], after[first:stop]),
        Part("above the reference", 0.0, float(after[stop:].sum()), rare),
        Part("+∞", *((side.infinite - side.negative_infinite) / side.rows for side in (old, new))),
    ]


def _inside(before: Floats, after: Floats) -> list[Part]:
    """Divide bins into parts of equal shares; one ends with the bin that holds the quantile."""
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
    """Divide by value; of too many, by the random sample of values that both sketches know.

    A side of which no value is in the sample has few of the values that the other has.
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
