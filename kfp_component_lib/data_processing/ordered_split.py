"""Splits a table by the order of a column, so that the last part holds the largest values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kfp_component_lib.errors import check
from kfp_component_lib.statistics.bins import Bins, float_keys
from kfp_component_lib.tables.arrays import column_kind, decoded, mask, ticks, to_numpy
from kfp_component_lib.tables.reading import Table

__all__ = ["order_borders", "order_keys", "ordered_assignment"]

Int64s = npt.NDArray[np.int64]
_BINS = 1 << 16
_LIMITS = np.iinfo(np.int64)
_TOP = 1 << 63


class _Border(NamedTuple):
    """The first key of the part above a border, and the number of rows below it.

    `ties` is the number of rows that have the value at the border.
    """

    key: int
    rows: int
    ties: int


def ordered_assignment(
    table: Table, column: str, sizes: Sequence[float], field: str
) -> Callable[[pa.RecordBatch], npt.NDArray[np.intp]]:
    """Return a function that assigns each row of a block to a part, by the order of a column.

    Args:
        table: The table, which is read up to four times for each border between parts; only the
            column is read, and memory does not grow with the rows.
        column: Column of numbers, dates, times or durations, without null and NaN.
        sizes: Share of the rows for each part, the smallest values first.
        field: Name of the input that names the column, as `owner.field`.

    Raises:
        DataError: If the column is missing, its values have no order here, one is null or NaN, or
            so many rows have equal values that a part would be empty.
    """
    keys = np.array(order_borders(table, column, sizes, field), np.int64)
    return lambda block: np.searchsorted(keys, order_keys(block[column]), side="right")


def order_borders(table: Table, column: str, sizes: Sequence[float], field: str) -> list[int]:
    """Return the first key of each part but the first; parts at the end without rows have none.

    Rows with equal values are never divided: the border moves to the nearer end of them, and to
    the lower end if both are equally near.
    """
    _require_ordered(table, column, field)
    if not table.rows:
        return []
    ranks = np.rint(np.cumsum(sizes)[:-1] * table.rows).astype(np.int64).tolist()
    ranks = [min(rank, table.rows) for rank in ranks]
    found = {rank: _border(table, column, rank) for rank in dict.fromkeys(ranks)}
    borders = [found[rank] for rank in ranks]
    wanted = [high - low for low, high in pairwise([0, *ranks, table.rows])]
    given = [high - low for low, high in pairwise([0, *(b.rows for b in borders), table.rows])]
    for part, (rows, got) in enumerate(zip(wanted, given, strict=True)):
        near = borders[max(part - 1, 0) : part + 1]
        ties = max((border.ties for border in near), default=0)
        shown = (
            f"none of {rows} in part {part + 1} of {len(sizes)}, {ties} share a value of {column!r}"
        )
        fix = "Choose a finer column, or other sizes"
        check(got or not rows, field, "leave a part its share of the rows", shown, fix)
    return [border.key for border in borders if border.rows < table.rows]


def order_keys(column: pa.Array) -> Int64s:
    """Map numbers, dates, times or durations to int64 keys of the same order.

    Args:
        column: Values of length n, of a type that `order_borders` accepts, without null and NaN.

    Returns:
        int64 array of shape (n,).
    """
    column, types = decoded(column), pa.types
    if types.is_floating(column.type):
        return float_keys(to_numpy(column.cast(pa.float64()), 0.0))
    if types.is_uint64(column.type):
        return (to_numpy(column, 0) ^ np.uint64(_TOP)).view(np.int64)
    if types.is_decimal(column.type):
        return _decimal_keys(column)
    whole = ticks(column) if types.is_temporal(column.type) else column
    return to_numpy(whole.cast(pa.int64()), 0)


def _decimal_keys(column: pa.Array) -> Int64s:
    """Return decimals of one scale as the integers that store them."""
    halves = np.frombuffer(column.buffers()[1], np.int64).reshape(-1, 2)
    return halves[column.offset : column.offset + len(column), 0]


def _require_ordered(table: Table, column: str, field: str) -> None:
    table.require([column], field)
    kind = table.schema.field(column).type
    rule = "name a column of numbers, dates or times"
    fix = "Choose another column, or load it with a type of these (read_options column_types)"
    fits = column_kind(kind) in ("number", "time") and _fits_keys(kind)
    check(fits, field, rule, f"{column}: {kind}", fix)
    missing, first, position = 0, -1, 0
    for block in table.blocks([column]):
        bad = mask(decoded(block[column]).is_null(nan_is_null=True))
        if bad.any() and not missing:
            first = position + int(bad.argmax())
        missing, position = missing + int(bad.sum()), position + block.num_rows
    got = f"{missing} null or NaN values in {column!r}, the first in row {first} counted from 0"
    fix = "Drop these rows, or fill the column before"
    check(not missing, field, "name a column without null and NaN", got, fix)


def _fits_keys(kind: pa.DataType) -> bool:
    """Return whether 64 bits hold every value: 18 digits do in the case of decimals."""
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return not pa.types.is_decimal(kind) or (kind.precision <= 18 and kind.bit_width <= 128)


def _border(table: Table, column: str, rank: int) -> _Border:
    """Return the border that is nearest to a rank and divides no rows with equal values."""
    if rank >= table.rows:
        return _Border(_LIMITS.max, table.rows, 0)
    key, first, count = _value_at(table, column, rank)
    # No row has a key above the largest one, and so `key + 1` is only used where it exists.
    lower = rank - first <= first + count - rank
    return _Border(key, first, count) if lower else _Border(key + 1, first + count, count)


def _value_at(table: Table, column: str, rank: int) -> tuple[int, int, int]:
    """Return the key at a rank, the number of rows below it, and the number of rows that have it.

    Each pass looks only at the keys of the bin that holds the rank, which has at most as many keys
    as 48 bits less than the bin before can tell apart; so there are at most four passes.
    """
    low, high, below = _LIMITS.min, _LIMITS.max, 0
    while True:
        bins = Bins(limit=_BINS)
        for keys in _all_keys(table, column):
            bins = bins.add(keys[(keys >= low) & (keys <= high)])
        place = bins.bin_of_rank(rank - below)
        below += int(bins.counts[:place].sum())
        low, high = (int(side[place]) for side in bins.edges())
        if low == high:
            return low, below, int(bins.counts[place])


def _all_keys(table: Table, column: str) -> Iterator[Int64s]:
    for block in table.blocks([column]):
        yield order_keys(block[column])
