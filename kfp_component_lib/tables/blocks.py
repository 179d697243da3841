"""Blocks: the rows that are processed together, whatever files they come from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa

__all__ = ["BLOCK_ROWS", "block_sizes", "in_blocks", "within"]

BLOCK_ROWS = 65_536
"""Number of rows that are processed together, whatever the row groups of a file are.

The last bits of sums that are computed block by block depend on this number, and so do the values
of a generated table, each of whose blocks has its own random generator.
"""


def block_sizes(n_rows: int) -> list[int]:
    """Return the number of rows of each block of a table.

    Args:
        n_rows: Number of rows, at least 0.

    Returns:
        `BLOCK_ROWS` for each block but the last, which may be shorter.
    """
    return [min(BLOCK_ROWS, n_rows - start) for start in range(0, n_rows, BLOCK_ROWS)]


def in_blocks(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Divide rows into blocks of `BLOCK_ROWS`; the last block may be shorter.

    Args:
        batches: Rows with one schema, in order, in batches of any size.

    Yields:
        The same rows, with at least one row in each block.
    """
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        while sum(b.num_rows for b in held) >= BLOCK_ROWS:
            whole = _joined(held)
            yield whole.slice(0, BLOCK_ROWS)
            rest = whole.slice(BLOCK_ROWS)
            held = [rest] if rest.num_rows else []
    if held:
        yield _joined(held)


def within(batches: Iterable[pa.RecordBatch], start: int, stop: int) -> Iterator[pa.RecordBatch]:
    """Keep the rows from `start` up to but not including `stop`, counted from the first row.

    Args:
        batches: Rows in order.
        start: First row to keep; it may be negative.
        stop: Row before which to stop.

    Yields:
        Batches of at least one row.
    """
    position = 0
    for batch in batches:
        first, last = max(start - position, 0), min(stop - position, batch.num_rows)
        if first < last:
            yield batch.slice(first, last - first)
        position += batch.num_rows


def _joined(held: list[pa.RecordBatch]) -> pa.RecordBatch:
    if len(held) == 1:
        return held[0]
    if held[0].num_columns:
        return pa.Table.from_batches(held).combine_chunks().to_batches()[0]
    rows = sum(batch.num_rows for batch in held)
    return pa.RecordBatch.from_struct_array(pa.Array.from_buffers(pa.struct([]), rows, [None]))
