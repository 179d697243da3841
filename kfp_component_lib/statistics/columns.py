"""Statistics of columns, gathered in one pass over the rows and combined across shards."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from kfp_component_lib.statistics.bins import Bins, float_keys
from kfp_component_lib.statistics.common_types import as_type
from kfp_component_lib.statistics.distinct import Distinct, distinct_texts
from kfp_component_lib.statistics.hashing import hash_values
from kfp_component_lib.statistics.moments import Moments, merged
from kfp_component_lib.statistics.quantiles import Distribution
from kfp_component_lib.tables.arrays import (
    column_kind,
    decoded,
    is_whole,
    numbers,
    ticks,
    value_text,
    whole_numbers,
)
from kfp_component_lib.tables.reading import Table

__all__ = [
    "COUNTS",
    "QUANTILES",
    "SHOWN_CHARACTERS",
    "ColumnProfile",
    "TableProfile",
    "profile_rows",
]

QUANTILES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)
"""The quantiles that are part of a profile."""

SHOWN_CHARACTERS = 80
"""Longest text of a value in a profile; longer texts are cut and end with an ellipsis."""

COUNTS = ("rows", "nulls", "nans", "infinite", "negative_infinite")
"""The attributes of a `ColumnProfile` that count rows."""

_TOP_VALUES = 10
_COLUMNS_AT_ONCE = 256


@dataclass
class ColumnProfile:
    """Statistics of one column.

    Attributes:
        name: Name of the column, which need not be unique.
        arrow_type: Arrow type of the column; for a dictionary, the type of its values.
        kind: `number`, `time`, `category`, or `other` for values that are only counted (null,
            nested).
        rows: Number of rows.
        nulls: Rows that are null.
        nans: Rows that are NaN.
        infinite: Rows that are +inf or -inf.
        negative_infinite: Rows that are -inf.
        moments: One entry per block, over the finite numbers; `moment` combines them.
        bins: Bins of the finite numbers and the times, by order-preserving key.
        distinct: The different values, without null and NaN.
        only_bins: Whether `moments`, and `distinct` of numbers and times, are left empty.
    """

    name: str
    arrow_type: pa.DataType
    kind: str
    rows: int = 0
    nulls: int = 0
    nans: int = 0
    infinite: int = 0
    negative_infinite: int = 0
    moments: list[Moments] = field(default_factory=list)
    bins: Bins = field(default_factory=Bins)
    distinct: Distinct = field(default_factory=Distinct)
    only_bins: bool = False

    @property
    def type(self) -> str:
        """Arrow type as text."""
        return str(self.arrow_type)

    def add(self, column: pa.Array) -> None:
        """Add a block of the column."""
        self.rows += len(column)
        self.nulls += column.null_count if self.kind != "other" else _nulls(column)
        column = decoded(column)
        valid = column.drop_null() if self.kind != "other" else column
        _ADDERS[self.kind](self, valid)

    def merge(self, other: ColumnProfile) -> None:
        """Add the profile of other rows of the column, in any order."""
        for name in (*COUNTS, "moments"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.bins = self.bins.merge(other.bins)
        self.distinct = self.distinct.merge(other.distinct)

    @property
    def missing(self) -> float:
        """Share of the rows that are null or NaN; 0 if there are no rows."""
        return (self.nulls + self.nans) / self.rows if self.rows else 0.0

    @property
    def moment(self) -> Moments:
        """Moments of the finite numbers; a time column has none."""
        return merged(self.moments, Moments())

    @property
    def distribution(self) -> Distribution:
        """Distribution of the finite numbers or the times."""
        return Distribution(self.bins, is_whole(self.arrow_type))

    def quantile(self, q: float) -> float | int | None:
        """Return a quantile as `Distribution.quantile` does; for times as an integer."""
        return self._quantile(self.distribution, q)

    def _quantile(self, distribution: Distribution, q: float) -> float | int | None:
        value = distribution.quantile(q)
        return value if value is None or self.kind != "time" else round(value)

    def quantile_error(self) -> float:
        """Return the largest possible error of one of `QUANTILES`; 0 if they are exact."""
        return self.distribution.quantile_error(QUANTILES)

    def summary(self) -> dict[str, Any]:
        """Return the statistics as values for JSON; undefined ones are None."""
        moment, distribution = self.moment, self.distribution
        spread = moment.spread
        shown = QUANTILES if self.bins.total else ()
        numeric = np.isfinite(spread.mean) and spread.count > 0
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
            "mean": spread.mean if numeric else None,
            "std": spread.std if numeric else None,
            "skewness": moment.skewness if numeric else None,
            "kurtosis": moment.kurtosis if numeric else None,
            "quantiles": {str(q): self._quantile(distribution, q) for q in shown},
            "quantile_error": distribution.quantile_error(QUANTILES),
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
        """Add the profile of other rows of the table, in any order."""
        self.rows += other.rows
        for mine, theirs in zip(self.columns, other.columns, strict=True):
            mine.merge(theirs)


def profile_rows(
    table: Table,
    start: int = 0,
    stop: int | None = None,
    types: Mapping[str, pa.DataType] | None = None,
    only_bins: bool = False,
) -> TableProfile:
    """Gather the statistics of columns, reading each of them once.

    With the number of rows, memory grows by only 40 bytes per column for every `BLOCK_ROWS` rows.
    It grows by up to 250 kB per column. Columns are read a few hundred at a time, if they have
    different names, so that no block of a wide table is held as a whole.

    Args:
        table: The table.
        start: First row. The results equal those of one pass over all rows bit for bit if shards
            begin at multiples of `BLOCK_ROWS`.
        stop: Row before which to stop; None includes the last row.
        types: Names of the columns to read, each of which must occur once, and the types that
            `common_types.common_type` returned for them, in which to read them. None reads all
            columns as they are.
        only_bins: Whether to leave out moments, and the different values of numbers and times,
            which take half of the time.

    Returns:
        The profile.
    """
    fields = list(table.schema) if types is None else [pa.field(*pair) for pair in types.items()]
    columns = [_column(field, only_bins) for field in fields]
    profile = TableProfile(0, columns)
    for names, group in _groups(columns):
        profile.rows = 0
        for block in table.blocks(names, start, stop):
            profile.rows += block.num_rows
            for column, values in zip(group, block.columns, strict=True):
                column.add(values if types is None else as_type(values, column.arrow_type))
    return profile


def _groups(
    columns: list[ColumnProfile],
) -> list[tuple[list[str] | None, Sequence[ColumnProfile]]]:
    """Return the columns that are read together, and their names, or None if all columns are."""
    names = [column.name for column in columns]
    unique = len(set(names)) == len(names)
    if len(columns) <= _COLUMNS_AT_ONCE or not unique:
        return [(names if unique else None, columns)]
    groups = itertools.batched(columns, _COLUMNS_AT_ONCE)
    return [([column.name for column in group], group) for group in groups]


def _column(field: pa.Field, only_bins: bool) -> ColumnProfile:
    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    return ColumnProfile(field.name, kind, column_kind(kind), only_bins=only_bins)


def _nulls(column: pa.Array) -> int:
    return len(column) if pa.types.is_null(column.type) else column.null_count


def _add_number(profile: ColumnProfile, column: pa.Array) -> None:
    values = numbers(column)
    finite = np.isfinite(values)
    if not profile.only_bins:
        hashes = hash_values(column)
        hashes = hashes if finite.all() else hashes[~np.isnan(values)]
        profile.distinct = profile.distinct.add_hashes(hashes)
    if not finite.all():
        nans = np.isnan(values)
        profile.nans += int(nans.sum())
        profile.infinite += int((~finite & ~nans).sum())
        profile.negative_infinite += int(np.isneginf(values).sum())
        values = values[finite]
    if not profile.only_bins:
        profile.moments.append(Moments.of(values))
    keys = whole_numbers(column) if profile.distribution.whole else float_keys(values)
    profile.bins = profile.bins.add(keys)


def _add_time(profile: ColumnProfile, column: pa.Array) -> None:
    profile.bins = profile.bins.add(whole_numbers(ticks(column)))
    if not profile.only_bins:
        profile.distinct = profile.distinct.add_hashes(hash_values(column))


def _add_category(profile: ColumnProfile, column: pa.Array) -> None:
    profile.distinct = profile.distinct.merge(distinct_texts(column, _shown))


def _add_other(profile: ColumnProfile, column: pa.Array) -> None:
    """Add nothing: the rows and nulls have been counted already."""


_ADDERS = {
    "number": _add_number,
    "time": _add_time,
    "category": _add_category,
    "other": _add_other,
}


def _shown(value: object) -> str:
    text = value_text(value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
