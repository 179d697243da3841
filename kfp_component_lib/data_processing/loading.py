"""Converts tables of other formats to Parquet without holding them in memory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kfp_component_lib.content import check_content
from kfp_component_lib.data_processing.csv_tables import open_csv
from kfp_component_lib.data_processing.json_tables import DoubtError, open_jsonl
from kfp_component_lib.data_processing.read_options import OWNER, ReadOptions, option_field
from kfp_component_lib.data_processing.text_files import Opened
from kfp_component_lib.errors import DataError, check
from kfp_component_lib.parallel import read_ahead
from kfp_component_lib.tables.reading import open_table
from kfp_component_lib.tables.schemas import cast_column
from kfp_component_lib.tables.writing import write_table

__all__ = ["FORMATS", "ReadOptions", "load_table", "one_source"]

FORMATS = ("csv", "jsonl", "parquet")


def load_table(
    source: str | os.PathLike[str],
    out: str | os.PathLike[str],
    format: str = "parquet",
    options: ReadOptions | None = None,
    row_limit: int = 0,
    digest: str = "",
) -> dict[str, Any]:
    """Convert a table to one Parquet file, block by block.

    Each format is read by pyarrow's reader, in the memory of a few blocks. A value that does not
    fit the type of its column is an error and never becomes a null, and no type is inferred that
    would change a value, see `csv_tables` and `json_tables`.

    Args:
        source: File, or for Parquet a file or a folder, see `tables.reading.open_table`.
        out: Path of the Parquet file. It is not touched on an error.
        format: One of `FORMATS`.
        options: What the user states about the table.
        row_limit: Largest number of rows that is accepted; 0 accepts any number. A longer table is
            an error and is never truncated.
        digest: The expected `content_digest` of the source; if empty, any content is accepted.

    Returns:
        Metadata of the dataset: `rows`, `columns` and `schema`.

    Raises:
        DataError: If the source is missing, damaged, not of this format or not as stated, has a
            different digest, lacks a column, or has more rows than `row_limit`.
        OSError: If the output cannot be written.
    """
    check(format in FORMATS, f"{OWNER}.format", f"be one of {FORMATS}", format, "Choose one")
    check(row_limit >= 0, f"{OWNER}.row_limit", "be at least 0", row_limit, "0 means no limit")
    stated = options or ReadOptions()
    stated.require(format)
    path = Path(source)
    check(path.exists(), f"{OWNER}.path", "exist", str(source), "Check the path")
    fix = "Load its files one by one" if path.is_dir() else "Write it to a file first"
    is_fit = format == "parquet" or path.is_file()
    check(is_fit, f"{OWNER}.path", f"be a file for the format {format}", str(source), fix)
    if digest:
        check_content(path, digest, f"{OWNER}.data")
    try:
        return _convert(_open(path, format, stated, sure=False), out, row_limit, stated)
    except DoubtError:
        return _convert(_open(path, format, stated, sure=True), out, row_limit, stated)


def one_source(path: str, data: str) -> str:
    """Return the one of two paths that is given.

    Args:
        path: Path of a table, or an empty text.
        data: Path of an artifact, or an empty text.

    Raises:
        DataError: If both are given, or neither, which must not mean the working directory.
    """
    fix = "Name a file as path, or pass an artifact as data"
    check(bool(path) != bool(data), f"{OWNER}.path", "be given, or else data", (path, data), fix)
    return path or data


def _open(
    path: Path, format: str, options: ReadOptions, sure: bool
) -> AbstractContextManager[Opened]:
    if format == "csv":
        return open_csv(path, options)
    return open_jsonl(path, options, sure) if format == "jsonl" else _open_parquet(path, options)


@contextmanager
def _open_parquet(path: Path, options: ReadOptions) -> Iterator[Opened]:
    wanted = {*options.columns, *options.column_types}
    table = open_table(path, f"{OWNER}.path", index=sorted(wanted))
    names = table.schema.names
    places = options.chosen(names)
    schema = pa.schema([table.schema.field(n) for n in places])
    if len(set(names)) == len(names):
        yield schema, table.blocks(schema.names)
    else:
        yield schema, (block.select(places) for block in table.blocks())


def _convert(
    opening: AbstractContextManager[Opened],
    out: str | os.PathLike[str],
    row_limit: int,
    options: ReadOptions,
) -> dict[str, Any]:
    with opening as (schema, batches):
        types = options.types()
        stated = pa.schema([field.with_type(types.get(field.name, field.type)) for field in schema])
        _require_writable(stated)
        limited = _limited(_cast(batches, stated), row_limit)
        return write_table(out, stated, read_ahead(limited))


def _require_writable(schema: pa.Schema) -> None:
    """Refuse types that Parquet cannot store."""
    for field in schema:
        try:
            pq.ParquetWriter(pa.BufferOutputStream(), pa.schema([field])).close()
        except pa.ArrowException as error:
            got = f"{field.name}: {field.type} ({error})"
            fix = "State another type in column_types of read_options, or leave it out with drop"
            check(False, f"{OWNER}.path", "have columns that Parquet can store", got, fix)


def _cast(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Yield the rows with the stated types."""
    rows = 0
    for batch in batches:
        if not len(schema):  # A table without columns still has rows.
            yield batch
            continue
        arrays = []
        for column, field in zip(batch.columns, schema, strict=True):
            try:
                arrays.append(cast_column(column, field.type, rows))
            except pa.ArrowException as error:
                rule = f"fit all values of column {field.name!r}"
                fix = "State another type, or leave the column out with drop in read_options"
                got = str(field.type)
                raise DataError(option_field("column_types"), rule, got, fix, error) from error
        rows += batch.num_rows
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _limited(batches: Iterable[pa.RecordBatch], row_limit: int) -> Iterator[pa.RecordBatch]:
    rows = 0
    for batch in batches:
        rows += batch.num_rows
        check(
            row_limit == 0 or rows <= row_limit,
            f"{OWNER}.row_limit",
            "be at least the number of rows",
            row_limit,
            f"The table has at least {rows} rows: raise the limit or shorten the table beforehand",
        )
        yield batch
