"""Parquet files, written while their rows are made, and never half-written."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kfp_component_lib.files import replacing
from kfp_component_lib.tables.arrays import schema_text

__all__ = ["TableWriter", "describe", "dictionary_columns", "write_table", "writing_table"]


def write_table(
    path: str | os.PathLike[str],
    schema: pa.Schema,
    batches: Iterable[pa.RecordBatch],
    **options: Any,
) -> dict[str, Any]:
    """Write record batches as one Parquet file, one row group each.

    A batch is written while the next one is made.

    Args:
        path: Where the file shall be. It is not touched unless every batch was written.
        schema: Schema of every batch.
        batches: Rows, in order. Two batches at a time are held in memory: the memory of one may be
            used again when the next but one is asked for.
        **options: Options of `writing_table`.

    Returns:
        Metadata of the data set: `rows`, `columns` and `schema`, a text `name: type, …`.

    Raises:
        OSError: If the file cannot be written.
    """
    with replacing(path) as partial, writing_table(partial, schema, **options) as writer:
        for batch in batches:
            writer.write(batch)
    return describe(writer.rows, schema)


class TableWriter:
    """Writes record batches in a thread of its own, one at a time and in order.

    Attributes:
        rows: Number of rows that were handed over.
    """

    def __init__(self, writer: pq.ParquetWriter, pool: ThreadPoolExecutor) -> None:
        """Write to `writer`, in the one thread of `pool`."""
        self.rows = 0
        self._writer = writer
        self._pool = pool
        self._pending: Future[None] | None = None

    def write(self, batch: pa.RecordBatch) -> None:
        """Hand a batch over as a row group, once the one before it is written.

        Args:
            batch: Rows, of the file's schema. Its memory is read until the next call returns.

        Raises:
            OSError: If the batch before it could not be written.
            ValueError: If the batch before it had another schema.
        """
        self.wait()
        size = max(batch.num_rows, 1)
        self._pending = self._pool.submit(self._writer.write_batch, batch, row_group_size=size)
        self.rows += batch.num_rows

    def wait(self) -> None:
        """Wait for the last batch, and raise what went wrong with it."""
        pending, self._pending = self._pending, None
        if pending:
            pending.result()


@contextmanager
def writing_table(
    path: str | os.PathLike[str], schema: pa.Schema, **options: Any
) -> Iterator[TableWriter]:
    """Write a Parquet file while the block makes what goes into it.

    Arrow encodes without the GIL, so making and writing take two cores. At the end of the block
    everything is written, or the first error is raised; no thread is left in either case.

    Args:
        path: The file, which `replacing` removes after an error.
        schema: Schema of every batch.
        **options: Options of `pyarrow.parquet.ParquetWriter`. Without `use_dictionary` it is what
            `dictionary_columns` returns.

    Yields:
        Its writer.

    Raises:
        OSError: If the file cannot be written.
        ValueError: If a batch has another schema.
    """
    options = {"use_dictionary": dictionary_columns(schema), **options}
    with pq.ParquetWriter(path, schema, **options) as file, ThreadPoolExecutor(1) as pool:
        writer = TableWriter(file, pool)
        yield writer
        writer.wait()


def dictionary_columns(schema: pa.Schema) -> bool | list[str]:
    """Return the columns that Parquet's dictionary encoding may make smaller, for its writer.

    Floating-point numbers seldom repeat: to look for a dictionary of them takes six times as long
    as to write them, and then gives up.

    Args:
        schema: Names and types of the columns.

    Returns:
        Names of the columns that are no floating-point numbers, True if that is all columns.
    """
    names = [field.name for field in schema if not pa.types.is_floating(field.type)]
    nested = any(pa.types.is_nested(field.type) for field in schema)
    return names if len(names) < len(schema) and not nested else True


def describe(rows: int, schema: pa.Schema) -> dict[str, Any]:
    """Return what every data set says of itself in its metadata.

    Args:
        rows: Number of rows.
        schema: Names and types of the columns.

    Returns:
        `rows`, `columns` (their number) and `schema`, a text `name: type, …`.
    """
    return {"rows": rows, "columns": len(schema), "schema": schema_text(schema)}
