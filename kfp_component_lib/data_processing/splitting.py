"""Splits tables into parts that are disjoint and together complete."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kfp_component_lib.data_processing.ordered_split import ordered_assignment
from kfp_component_lib.errors import check
from kfp_component_lib.files import replacing_all
from kfp_component_lib.statistics.hashing import hash_values
from kfp_component_lib.tables.arrays import column_kind, to_arrow
from kfp_component_lib.tables.reading import Table, open_table
from kfp_component_lib.tables.writing import describe, writing_table

__all__ = ["split_table"]

StrPath = str | os.PathLike[str]
Assign = Callable[[pa.RecordBatch], npt.NDArray[np.intp]]
_FIELD = "split_dataset"
_MOST_OF_A_CLASS = 1_000_000_000  # numpy.random.Generator.multivariate_hypergeometric takes fewer.
_SEEDS = 2**63


def split_table(
    source: StrPath,
    outs: Sequence[StrPath],
    sizes: Sequence[float],
    stratify_column: str = "",
    key_column: str = "",
    seed: int = 0,
    order_by: str = "",
) -> list[dict[str, Any]]:
    """Assign each row to one of several tables, at random or by order; the rows stay in order.

    Without a column the parts have exactly the requested sizes, rounded to whole rows. With
    `stratify_column` this applies to the rows of each class (null is a class), and rounding evens
    out over the classes, so that the parts as a whole have the requested sizes as well. A class
    with few rows may be missing from a part; the metadata contains the number of such classes. With
    `key_column` rows with the same key stay together, and the part of a row depends only on the
    meaning of its key and on the seed, see `statistics.hashing.hash_values`. So neither appending
    rows nor changing the type or unit of the column moves any row. Rows whose key is null stay
    together. The sizes are then only met on average over keys. With `order_by` nothing is random: the
    first part gets the rows with the smallest values and the last part those with the largest, and
    rows with equal values stay together. The border between two parts then lies at the nearer end of
    these rows, at the lower one if both are equally near.

    Memory is that of a few blocks of rows, plus a few numbers per class.

    Args:
        source: Parquet file or folder.
        outs: Paths of the parts. None of them is touched on an error.
        sizes: Share of the rows for each part, at least 0; they add up to 1.
        stratify_column: Column of classes, which should have few different values.
        key_column: Column of keys or groups.
        seed: A different seed gives an independent split; it is not used with `order_by`.
        order_by: Column of numbers, dates or times by whose order the table is split, without null
            and NaN. Decimals may have up to 18 digits.

    Returns:
        Metadata of each part: `rows`, `columns` and `schema`; with `stratify_column` also
        `classes` and `missing_classes`, the numbers of classes with rows in the part and without
        any.

    Raises:
        DataError: If the sizes do not add up to 1, if more than one column is given, if a column
            is missing or has nested values, if there are 1e9 rows in total or in one class and
            neither `key_column` nor `order_by`, or if `order_by` has null or NaN, values without an
            order, or so many equal values that a part would be empty.
        OSError: If an output cannot be written.
    """
    _check_sizes(sizes, len(outs))
    _check_one_way(stratify_column, key_column, order_by)
    fits = 0 <= seed < _SEEDS
    check(fits, f"{_FIELD}.seed", f"be between 0 and {_SEEDS - 1}", seed, "For example 0")
    table = open_table(source, f"{_FIELD}.data")
    _require_values(table, stratify_column, f"{_FIELD}.stratify_column")
    _require_values(table, key_column, f"{_FIELD}.key_column")
    if key_column:
        return _write_parts(table, outs, _by_key(key_column, sizes, seed))
    if order_by:
        assign = ordered_assignment(table, order_by, sizes, f"{_FIELD}.order_by")
        return _write_parts(table, outs, assign)
    ties, draws = np.random.default_rng([seed, 1]), np.random.default_rng(seed)
    quotas = _quotas(_class_sizes(table, stratify_column), sizes, ties)
    parts = _write_parts(table, outs, _by_quota(quotas, stratify_column, draws))
    stated = _class_counts(quotas, len(parts)) if stratify_column else [{}] * len(parts)
    return [{**part, **classes} for part, classes in zip(parts, stated, strict=True)]


def _check_one_way(stratify_column: str, key_column: str, order_by: str) -> None:
    both, fix = (stratify_column, key_column), "Choose one of the two"
    check(not all(both), f"{_FIELD}.key_column", "be empty if stratify_column is set", both, fix)
    for name, other in (("stratify_column", stratify_column), ("key_column", key_column)):
        rule, both = f"be empty if {name} is set", (other, order_by)
        check(not all(both), f"{_FIELD}.order_by", rule, both, fix)


def _class_counts(quotas: Mapping[Any, npt.NDArray[np.int64]], parts: int) -> list[dict[str, int]]:
    found = (np.array(list(quotas.values())).reshape(-1, parts) > 0).sum(axis=0).tolist()
    return [{"classes": n, "missing_classes": len(quotas) - n} for n in found]


def _require_values(table: Table, column: str, field: str) -> None:
    if column:
        table.require([column], field)
        kind = table.schema.field(column).type
        hashed = pa.types.is_null(kind) or column_kind(kind) != "other"
        fix = "Choose a column of numbers, times, texts or booleans"
        check(hashed, field, "name a column without nested values", f"{column}: {kind}", fix)


def _check_sizes(sizes: Sequence[float], parts: int) -> None:
    fix = "For example [0.8, 0.1, 0.1]"
    check(len(sizes) == parts, f"{_FIELD}.sizes", f"have {parts} entries", sizes, fix)
    check(all(size >= 0 for size in sizes), f"{_FIELD}.sizes", "be at least 0", sizes, fix)
    check(abs(sum(sizes) - 1) < 1e-9, f"{_FIELD}.sizes", "add up to 1", sizes, fix)


def _by_key(column: str, sizes: Sequence[float], seed: int) -> Assign:
    # The upper 53 bits of the hash are a fraction that float64 holds exactly.
    borders = np.cumsum(sizes)[:-1]

    def assign(block: pa.RecordBatch) -> npt.NDArray[np.intp]:
        fractions = (hash_values(block[column], seed) >> np.uint64(11)) / 2.0**53
        return np.searchsorted(borders, fractions, side="right")

    return assign


def _by_quota(
    quotas: Mapping[Any, npt.NDArray[np.int64]], column: str, rng: np.random.Generator
) -> Assign:
    """Assign rows so that every class fills its quotas exactly.

    Within a block the number of rows of a class for each part is drawn without replacement from the
    remaining quotas, and a permutation selects these rows.

    Source:
        Selection sampling: Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S, with
        the draws of a block made at once.
    """
    left = dict(quotas)

    def assign(block: pa.RecordBatch) -> npt.NDArray[np.intp]:
        parts = np.empty(block.num_rows, np.intp)
        for key, rows in _classes(block, column).items():
            drawn = rng.multivariate_hypergeometric(left[key], len(rows), method="marginals")
            left[key] = left[key] - drawn
            parts[rows] = rng.permutation(np.repeat(np.arange(len(drawn)), drawn))
        return parts

    return assign


def _class_sizes(table: Table, column: str) -> dict[Any, int]:
    counts: dict[Any, int] = {} if column else {None: table.rows}
    for block in table.blocks([column]) if column else ():
        for key, rows in _classes(block, column).items():
            counts[key] = counts.get(key, 0) + len(rows)
    largest = max(counts.values(), default=0)
    rule = f"have fewer than {_MOST_OF_A_CLASS} rows, of a class if stratify_column is set"
    fix = "Name a key_column, which has no such limit"
    check(largest < _MOST_OF_A_CLASS, f"{_FIELD}.data", rule, largest, fix)
    return counts


def _classes(block: pa.RecordBatch, column: str) -> dict[Any, npt.NDArray[np.intp]]:
    """Return the row numbers of each class, in the order in which classes first occur."""
    if not column:
        return {None: np.arange(block.num_rows)}
    hashes = hash_values(block[column])
    unique, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
    order = np.argsort(first)
    return {int(unique[i]): np.flatnonzero(inverse == i) for i in order}


def _quotas(
    counts: Mapping[Any, int], sizes: Sequence[float], rng: np.random.Generator
) -> dict[Any, npt.NDArray[np.int64]]:
    """Return for each class whole numbers near `count * sizes` that add up to its count.

    The rows that are left after rounding down go to the parts that lack most rows so far, in this
    class and in those before it; ties are broken at random. So each number is off by less than 1,
    and the whole part by about as much, for any number of classes.
    """
    shares, quotas = np.asarray(sizes, np.float64), {}
    lacking = np.zeros(len(shares))
    for key, count in counts.items():
        exact = count * shares
        quota = np.floor(exact + 1e-9).astype(np.int64)
        # Rounding makes equal shares equal if they differ only in their last bits.
        lacking = np.round(lacking + exact - quota, 9)
        # A share that is a whole number is not rounded up.
        most = np.lexsort((rng.permutation(len(shares)), -lacking, exact - quota < 1e-9))
        chosen = most[: count - quota.sum()]
        quota[chosen] += 1
        lacking[chosen] -= 1
        quotas[key] = quota
    return quotas


def _write_parts(table: Table, outs: Sequence[StrPath], assign: Assign) -> list[dict[str, Any]]:
    with replacing_all(list(outs)) as partials, ExitStack() as stack:
        writers = [stack.enter_context(writing_table(p, table.schema)) for p in partials]
        for block in table.blocks():
            parts = assign(block)
            for n, writer in enumerate(writers):
                writer.write(block.take(to_arrow(np.flatnonzero(parts == n))))
    return [describe(writer.rows, table.schema) for writer in writers]
