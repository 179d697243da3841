"""What is known of a column after one pass over it, and how passes over shards combine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kfp_component_lib.hashing import hash_values
from kfp_component_lib.sketches import Bins, Distinct, Moments, float_keys, key_floats
from kfp_component_lib.tables import Table, column_kind, numbers

__all__ = ["QUANTILES", "SHOWN_CHARACTERS", "ColumnProfile", "TableProfile", "profile_rows"]

QUANTILES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)
"""The quantiles that a profile names."""

SHOWN_CHARACTERS = 80
"""Longest text of a value that a profile keeps; longer ones are cut and end with an ellipsis."""

_TOP_VALUES = 10


@dataclass
class ColumnProfile:
    """Statistics of one column.

    Attributes:
        name: Name of the column, which others may share.
        arrow_type: Arrow type; of a dictionary, that of its values.
        kind: `number`, `time`, `category`, or `other` for what is only counted (null, nested).
        rows: Number of rows.
        nulls: Rows that are null.
        nans: Rows that are NaN.
        infinite: Rows that are +inf or -inf.
        moments: One entry per block, over the finite numbers; `moment` folds them.
        bins: Finite numbers and times, by order-preserving key.
        distinct: Different values; null and NaN are none.
    """

    name: str
    arrow_type: pa.DataType
    kind: str
    rows: int = 0
    nulls: int = 0
    nans: int = 0
    infinite: int = 0
    moments: list[Moments] = field(default_factory=list)
    bins: Bins = field(default_factory=Bins)
    distinct: Distinct = field(default_factory=Distinct)

    @property
    def type(self) -> str:
        """Arrow type, as text."""
        return str(self.arrow_type)

    def add(self, column: pa.Array) -> None:
        """Take a block of the column in."""
        self.rows += len(column)
        self.nulls += column.null_count if self.kind != "other" else _nulls(column)
        if isinstance(column, pa.DictionaryArray):
            column = column.dictionary_decode()
        valid = column.drop_null() if self.kind != "other" else column
        _ADDERS[self.kind](self, valid)

    def merge(self, other: ColumnProfile) -> None:
        """Take in the profile of other rows of the column, in any order."""
        for name in ("rows", "nulls", "nans", "infinite", "moments"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.bins = self.bins.merge(other.bins)
        self.distinct = self.distinct.merge(other.distinct)

    @property
    def moment(self) -> Moments:
        """Moments of the finite numbers; of a time column, of none."""
        folded = Moments()
        for block in self.ordered_moments:
            folded = folded.merge(block)
        return folded

    @property
    def ordered_moments(self) -> list[Moments]:
        """Entries of `moments`, in an order that does not depend on which shard came first."""
        return sorted(self.moments, key=repr)

    @property
    def floating(self) -> bool:
        """Whether the keys of `bins` stand for doubles instead of whole numbers."""
        return self.kind == "number" and not self.type.startswith(
            ("int", "uint8", "uint16", "uint32")
        )

    def values(self) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """Return the smallest and the largest value of each bin."""
        low, high = self.bins.edges()
        return (key_floats(low), key_floats(high)) if self.floating else (low, high)

    def quantile(self, q: float) -> float | int | None:
        """Interpolate between the two values next to rank `q * (n - 1)`.

        Exact while `bins.exact`; otherwise off by no more than the width of the bins that hold
        these two values, see `quantile_error`.

        Args:
            q: Between 0 and 1.

        Returns:
            The quantile of the finite values, None if there are none. Whole numbers for a time.

        Source:
            Hyndman and Fan 1996, definition 7, which is the default of NumPy and pandas.
        """
        if not self.bins.total:
            return None
        rank = q * (self.bins.total - 1)
        last = self.bins.total - 1
        below, share = int(rank), rank - int(rank)
        low, high = self._at(below), self._at(min(below + 1, last))
        if share == 0 or low == high:
            return low
        between = low + (high - low) * share
        return round(between) if self.kind == "time" else float(between)

    def quantile_error(self) -> float:
        """Return the largest width of a bin next to one of `QUANTILES`; 0 if exact."""
        if self.bins.exact or not self.bins.total:
            return 0.0
        low, high = self.values()
        ranks = [int(q * (self.bins.total - 1)) for q in QUANTILES]
        bins = [
            self.bins.bin_of_rank(min(r + d, self.bins.total - 1)) for r in ranks for d in (0, 1)
        ]
        return float(max(high[b] - low[b] for b in bins))

    def _at(self, rank: int) -> float | int:
        """Return the value of this rank: the lowest and highest are known, others per bin."""
        low, high = self.values()
        if rank == 0 or rank == self.bins.total - 1:
            end: float | int = (low[0] if rank == 0 else high[-1]).item()
            return end
        first: float | int
        first, last = (side[self.bins.bin_of_rank(rank)].item() for side in (low, high))
        return first if first == last else type(first)(first + (last - first) / 2)

    def summary(self) -> dict[str, Any]:
        """Return the statistics as JSON-ready values; None where there is none."""
        moment = self.moment
        numeric = np.isfinite(moment.mean) and moment.count > 0
        return {
            "name": self.name,
            "type": self.type,
            "kind": self.kind,
            "rows": self.rows,
            "nulls": self.nulls,
            "nans": self.nans,
            "infinite": self.infinite,
            "distinct": self.distinct.estimate if self.kind != "other" else None,
            "distinct_is_exact": not self.distinct.full,
            "mean": moment.mean if numeric else None,
            "std": moment.std if numeric else None,
            "skewness": moment.skewness if numeric else None,
            "kurtosis": moment.kurtosis if numeric else None,
            "quantiles": {str(q): self.quantile(q) for q in QUANTILES} if self.bins.total else {},
            "quantile_error": self.quantile_error(),
            "top": self.distinct.most_common(_TOP_VALUES) if self.kind == "category" else [],
        }


@dataclass
class TableProfile:
    """Statistics of all columns of a table.

    Attributes:
        rows: Number of rows.
        columns: One profile per column, in order.
    """

    rows: int
    columns: list[ColumnProfile]

    def merge(self, other: TableProfile) -> None:
        """Take in the profile of other rows of the table, in any order."""
        self.rows += other.rows
        for mine, theirs in zip(self.columns, other.columns, strict=True):
            mine.merge(theirs)


def profile_rows(table: Table, start: int = 0, stop: int | None = None) -> TableProfile:
    """Gather the statistics of all columns in one pass.

    Memory does not grow with the rows but for 40 bytes per column and `BLOCK_ROWS` rows; it grows
    by up to 250 kB per column.

    Args:
        table: The table.
        start: First row. For results that are bit for bit those of one pass over all rows, shards
            begin at multiples of `BLOCK_ROWS`.
        stop: Row to stop before; the last one is included if None.

    Returns:
        The profile.
    """
    columns = [_column(field) for field in table.schema]
    profile = TableProfile(0, columns)
    for block in table.blocks(start=start, stop=stop):
        profile.rows += block.num_rows
        for column, values in zip(columns, block.columns, strict=True):
            column.add(values)
    return profile


def _column(field: pa.Field) -> ColumnProfile:
    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    return ColumnProfile(field.name, kind, column_kind(kind))


def _nulls(column: pa.Array) -> int:
    return len(column) if pa.types.is_null(column.type) else column.null_count


def _add_number(profile: ColumnProfile, column: pa.Array) -> None:
    hashed = column if pa.types.is_integer(column.type) else column.cast(pa.float64(), safe=False)
    hashes, values = hash_values(hashed), numbers(column)
    finite = np.isfinite(values)
    if not finite.all():
        nans = np.isnan(values)
        profile.nans += int(nans.sum())
        profile.infinite += int((~finite & ~nans).sum())
        hashes, values = hashes[~nans], values[finite]
    profile.moments.append(Moments().add(values))
    keys = float_keys(values) if profile.floating else _integers(column)
    profile.bins = profile.bins.add(keys)
    profile.distinct = profile.distinct.add_hashes(hashes)


def _add_time(profile: ColumnProfile, column: pa.Array) -> None:
    width = pa.int64() if column.type.bit_width == 64 else pa.int32()
    profile.bins = profile.bins.add(_integers(column.view(width)))
    profile.distinct = profile.distinct.add_hashes(hash_values(column))


def _add_category(profile: ColumnProfile, column: pa.Array) -> None:
    encoded = column.dictionary_encode()
    counts = np.bincount(np.asarray(encoded.indices), minlength=len(encoded.dictionary))
    hashes = hash_values(encoded.dictionary)
    kept = np.argsort(hashes)[: profile.distinct.limit]
    examples = {int(hashes[i]): _shown(encoded.dictionary[int(i)].as_py()) for i in kept}
    block = Distinct(limit=profile.distinct.limit)
    smallest = block.add(hashes[kept], counts[kept], examples)
    profile.distinct = profile.distinct.merge(
        Distinct(
            smallest.hashes,
            smallest.counts,
            smallest.examples,
            smallest.limit,
            len(hashes) > len(kept),
        )
    )


def _add_other(profile: ColumnProfile, column: pa.Array) -> None:
    """Count only: the rows and nulls have been counted."""


_ADDERS = {
    "number": _add_number,
    "time": _add_time,
    "category": _add_category,
    "other": _add_other,
}


def _integers(column: pa.Array) -> npt.NDArray[np.int64]:
    return np.asarray(pc.cast(column, pa.int64()).to_numpy(zero_copy_only=False))


def _shown(value: object) -> str:
    text = value.hex() if isinstance(value, bytes) else str(value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
