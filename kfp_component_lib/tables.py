"""Tables as Parquet: read and written block by block, and never half-written."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from kfp_component_lib.errors import DataError, check
from kfp_component_lib.files import replacing
from kfp_component_lib.parallel import read_ahead

__all__ = [
    "BLOCK_ROWS",
    "Table",
    "TableWriter",
    "column_kind",
    "describe",
    "dictionary_columns",
    "numbers",
    "open_table",
    "shard_blocks",
    "to_arrow",
    "to_numpy",
    "write_table",
    "writing_table",
]

BLOCK_ROWS = 65_536
"""Rows that are worked on at once, whatever the row groups of the file are."""

_READ_BUFFER_BYTES = 1 << 20


@dataclass(frozen=True)
class Table:
    """The rows of one or several Parquet files.

    Attributes:
        files: The files, in the order of their rows.
        schema: Names and types of the columns; names may occur twice.
        rows: Number of rows.
    """

    files: tuple[Path, ...]
    schema: pa.Schema
    rows: int

    def require(self, columns: Iterable[str], field: str) -> None:
        """Refuse columns that are not there, or there twice.

        Args:
            columns: Names that must each occur once.
            field: Who asks for them, as `owner.field`.

        Raises:
            DataError: If a name occurs never or more than once.
        """
        for name in columns:
            count = self.schema.names.count(name)
            fix = f"The data set has the columns {self.schema.names}"
            check(count == 1, field, "name a column that occurs once", name, fix)

    def blocks(
        self, columns: Sequence[str] | None = None, start: int = 0, stop: int | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Read the rows in blocks of `BLOCK_ROWS`, the last one being shorter.

        Where the blocks begin depends on the rows alone, not on files and row groups, so what
        is computed from block to block does not either. A thread reads two blocks ahead.

        Args:
            columns: Names of the columns to read; all of them if None.
            start: First row.
            stop: Row to stop before; the last one is included if None.

        Yields:
            Record batches of at least one row.

        Raises:
            DataError: If a file turns out to be damaged.
        """
        return read_ahead(self._blocks(columns, start, self.rows if stop is None else stop))

    def _blocks(
        self, columns: Sequence[str] | None, start: int, stop: int
    ) -> Iterator[pa.RecordBatch]:
        held: list[pa.RecordBatch] = []
        for batch in self._batches(columns, start, min(stop, self.rows)):
            held.append(batch)
            while sum(b.num_rows for b in held) >= BLOCK_ROWS:
                block, rest = _cut(held, BLOCK_ROWS)
                yield block
                held = [rest] if rest.num_rows else []
        if held:
            yield _cut(held, BLOCK_ROWS)[0]

    def _batches(
        self, columns: Sequence[str] | None, start: int, stop: int
    ) -> Iterator[pa.RecordBatch]:
        position = 0
        for path in self.files:
            with _reading(path), pq.ParquetFile(path, buffer_size=_READ_BUFFER_BYTES) as file:
                for group in range(file.num_row_groups):
                    rows = file.metadata.row_group(group).num_rows
                    if position < stop and position + rows > start:
                        batches = file.iter_batches(BLOCK_ROWS, [group], columns)
                        yield from _within(batches, start - position, stop - position)
                    position += rows


def open_table(path: str | os.PathLike[str], field: str = "data") -> Table:
    """Open a Parquet file, or a folder of Parquet files with one schema.

    Args:
        path: The file, or a folder whose files `*.parquet` are read in the order of their names.
        field: Who asks, for the error message.

    Returns:
        The table; nothing but the files' footers has been read.

    Raises:
        DataError: If there is no such file, it is not Parquet, or the schemas differ.
    """
    files = _files(Path(path), field)
    footers = [_footer(file) for file in files]
    schema = footers[0][0]
    for file, (other, _) in zip(files, footers, strict=True):
        rule = f"have one schema in all files, {_columns(schema)}"
        check(other.equals(schema), field, rule, f"{_columns(other)} in {file.name}", "Rewrite it")
    return Table(files, schema, sum(rows for _, rows in footers))


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
    return {"rows": rows, "columns": len(schema), "schema": _columns(schema)}


def to_arrow(values: npt.NDArray[Any]) -> pa.Array:
    """View a NumPy array as an Arrow array, without a copy.

    `pyarrow.array` would import pandas to look at its argument, which doubles the time until a
    component starts to work.

    Args:
        values: Array of integers or floating-point numbers of shape (n,), contiguous. It must not
            be changed afterwards.

    Returns:
        Array of length n that shares the memory of `values` and has no nulls.
    """
    kind = pa.from_numpy_dtype(values.dtype)
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values)])


def to_numpy(column: pa.Array, fill: float) -> npt.NDArray[Any]:
    """View an Arrow array as a NumPy array, without a copy where there are no nulls.

    `Array.to_numpy` would import pandas, as `pyarrow.array` does.

    Args:
        column: Integers or floating-point numbers of length n; nulls are allowed.
        fill: What stands for null.

    Returns:
        Array of shape (n,) and of the column's type.
    """
    rows = slice(column.offset, column.offset + len(column))
    valid, values = (buffer or pa.py_buffer(b"") for buffer in column.buffers())
    found = np.frombuffer(values, column.type.to_pandas_dtype(), rows.stop)[rows]
    if not column.null_count:
        return found
    bits = np.unpackbits(np.frombuffer(valid, np.uint8), count=rows.stop, bitorder="little")
    return np.where(bits[rows], found, found.dtype.type(fill))


def numbers(column: pa.Array) -> npt.NDArray[np.float64]:
    """Return a numeric column as floating-point numbers.

    Args:
        column: Integers, floats, decimals or booleans of length n, or a dictionary of such;
            nulls are allowed. Integers beyond 2^53 and decimals are rounded.

    Returns:
        float64 array of shape (n,), NaN where the column is null.
    """
    if isinstance(column, pa.DictionaryArray):
        column = column.dictionary_decode()
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.uint8())
    return to_numpy(column.cast(pa.float64(), safe=False), np.nan)


def shard_blocks(n_rows: int, shard: int, n_shards: int) -> tuple[int, int]:
    """Return the blocks of `BLOCK_ROWS` rows that belong to a shard.

    Args:
        n_rows: Number of rows of all shards.
        shard: Which of the shards, counted from 0.
        n_shards: Number of shards, at least 1; their sizes differ by one block at most.

    Returns:
        Number of the first block, and of the one to stop before.
    """
    blocks = -(-n_rows // BLOCK_ROWS)
    return blocks * shard // n_shards, blocks * (shard + 1) // n_shards


def column_kind(kind: pa.DataType) -> str:
    """Return how values of an Arrow type are treated: `number`, `time`, `category` or `other`."""
    types = pa.types
    if types.is_dictionary(kind):
        return column_kind(kind.value_type)
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return "number"
    if types.is_temporal(kind) and not types.is_interval(kind):
        return "time"
    texts: Iterable[Callable[[pa.DataType], bool]] = (
        types.is_boolean,
        types.is_string,
        types.is_large_string,
        types.is_binary,
        types.is_large_binary,
        types.is_fixed_size_binary,
    )
    return "category" if any(is_text(kind) for is_text in texts) else "other"


def _files(path: Path, field: str) -> tuple[Path, ...]:
    check(path.exists(), field, "be a Parquet file or a folder of them", str(path), "It is missing")
    files = tuple(sorted(path.glob("*.parquet"))) if path.is_dir() else (path,)
    check(files, field, "be a folder that holds files *.parquet", str(path), "Name another folder")
    return files


def _footer(path: Path) -> tuple[pa.Schema, int]:
    with _reading(path), pq.ParquetFile(path) as file:
        return file.schema_arrow.remove_metadata(), file.metadata.num_rows


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except PermissionError as error:
        fix = "Give the user that runs the task the right to read it"
        raise DataError(f"data must be readable, got {str(path)!r}. {fix}.") from error
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise DataError(
            f"data must be an intact Parquet file, got {str(path)!r} ({error}). "
            "Write it again, or convert it with load_tabular_dataset."
        ) from error


def _within(batches: Iterable[pa.RecordBatch], start: int, stop: int) -> Iterator[pa.RecordBatch]:
    position = 0
    for batch in batches:
        first, last = max(start - position, 0), min(stop - position, batch.num_rows)
        if first < last:
            yield batch.slice(first, last - first)
        position += batch.num_rows


def _cut(held: list[pa.RecordBatch], rows: int) -> tuple[pa.RecordBatch, pa.RecordBatch]:
    """Return the first rows as one batch, and what is left."""
    if len(held) == 1:
        whole = held[0]
    elif held[0].num_columns:
        whole = pa.Table.from_batches(held).combine_chunks().to_batches()[0]
    else:
        whole = _empty_columns(sum(batch.num_rows for batch in held))
    return whole.slice(0, rows), whole.slice(rows)


def _empty_columns(rows: int) -> pa.RecordBatch:
    return pa.RecordBatch.from_struct_array(pa.array([{}] * rows, pa.struct([])))


def _columns(schema: pa.Schema) -> str:
    return ", ".join(f"{field.name}: {field.type}" for field in schema)
