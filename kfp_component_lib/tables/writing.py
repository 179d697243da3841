"""Parquet files, which are written while their rows are made and are never left half-written."""

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
    """Write record batches as one Parquet file, with one row group for each batch.

    Each batch is written while the next one is made.

    Args:
        path: Path of the file. It is not touched unless every batch was written.
        schema: Schema of every batch.
        batches: Rows, in order. Two batches at a time are held in memory: the memory of a batch may
            be reused when the batch after the next one is requested.
        **options: Options of `writing_table`.

    Returns:
        Metadata of the dataset: `rows`, `columns` and `schema`, a text `name: type, …`.

    Raises:
        OSError: If the file cannot be written.
    """
    with replacing(path) as partial, writing_table(partial, schema, **options) as writer:
        for batch in batches:
            writer.write(batch)
    return describe(writer.rows, schema)


class TableWriter:
    """Writes record batches in a separate thread, one at a time and in order.

    Attributes:
        rows: Number of rows that were passed to `write`.
    """

    def __init__(self, writer: pq.ParquetWriter, pool: ThreadPoolExecutor) -> None:
        """Write to `writer`, in the single thread of `pool`."""
        self.rows = 0
        self._writer = writer
        self._pool = pool
        self._pending: Future[None] | None = None

    def write(self, batch: pa.RecordBatch) -> None:
        """Write a batch as a row group, once the previous batch has been written.

        Args:
            batch: Rows with the file's schema. Its memory is read until the next call returns.

        Raises:
            OSError: If the previous batch could not be written.
            ValueError: If the previous batch had a different schema.
        """
        self.wait()
        size = max(batch.num_rows, 1)
        self._pending = self._pool.submit(self._writer.write_batch, batch, row_group_size=size)
        self.rows += batch.num_rows

    def wait(self) -> None:
        """Wait for the last batch, and raise its error if it failed."""
        pending, self._pending = self._pending, None
        if pending:
            pending.result()


@contextmanager
def writing_table(
    path: str | os.PathLike[str], schema: pa.Schema, **options: Any
) -> Iterator[TableWriter]:
    """Write a Parquet file while the block makes its rows.

    Arrow encodes without holding the global interpreter lock, so making and writing rows use two
    cores. At the end of the block everything has been written, or the first error is raised; in
    both cases no thread is left.

    Args:
        path: The file, which `replacing` removes after an error.
        schema: Schema of every batch.
        **options: Options of `pyarrow.parquet.ParquetWriter`. The default of `use_dictionary` is
            the result of `dictionary_columns`.

    Yields:
        The writer.

    Raises:
        OSError: If the file cannot be written.
        ValueError: If a batch has a different schema.
    """
    options = {"use_dictionary": dictionary_columns(schema), **options}
    with pq.ParquetWriter(path, schema, **options) as file, ThreadPoolExecutor(1) as pool:
        writer = TableWriter(file, pool)
        yield writer
        writer.wait()


def dictionary_columns(schema: pa.Schema) -> bool | list[str]:
    """Return the columns that Parquet's dictionary encoding may make smaller, for the writer.

    Floating-point numbers seldom repeat. Searching them for a dictionary takes six times as long as
    writing them, and is then abandoned.

    Args:
        schema: Names and types of the columns.

    Returns:
        Names of the columns that do not hold floating-point numbers, or True for all columns.
    """
    names = [field.name for field in schema if not pa.types.is_floating(field.type)]
    nested = any(pa.types.is_nested(field.type) for field in schema)
    return names if len(names) < len(schema) and not nested else True


def describe(rows: int, schema: pa.Schema) -> dict[str, Any]:
    """Return the metadata that every dataset carries.

    Args:
        rows: Number of rows.
        schema: Names and types of the columns.

    Returns:
        `rows`, `columns` (their number) and `schema`, a text `name: type, …`.
    """
    return {"rows": rows, "columns": len(schema), "schema": schema_text(schema)}
