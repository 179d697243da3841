"""Tables of other formats, brought into Parquet without holding them in memory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from kfp_component_lib.content import check_content
from kfp_component_lib.data_processing.csv_tables import Opened, open_csv
from kfp_component_lib.data_processing.json_tables import open_jsonl
from kfp_component_lib.errors import DataError, check
from kfp_component_lib.tables.reading import open_table
from kfp_component_lib.tables.writing import write_table

__all__ = ["FORMATS", "load_table"]

FORMATS = ("csv", "jsonl", "parquet")


def load_table(
    source: str | os.PathLike[str],
    out: str | os.PathLike[str],
    format: str = "parquet",
    columns: Sequence[str] = (),
    row_limit: int = 0,
    digest: str = "",
) -> dict[str, Any]:
    """Convert a table to one Parquet file, block by block.

    The types of a CSV or JSON Lines file are those of its first block (1 MiB); a later value that
    does not fit is an error, never a silent null. Text is parsed in threads; memory is that of a few
    blocks of 4 MiB, and the result does not depend on the number of cores.

    Args:
        source: File, or for Parquet a folder of files.
        out: Where the Parquet file shall be. It is not touched on an error.
        format: One of `FORMATS`.
        columns: Names of the columns to keep, in this order; all of them if empty.
        row_limit: Largest number of rows that is accepted; 0 accepts any. A longer table is an
            error: it is never cut off.
        digest: What `content_digest` returns for the source; if empty, any content is accepted.

    Returns:
        Metadata of the data set: `rows`, `columns` and `schema`.

    Raises:
        DataError: If the source is missing, damaged, not of this format, has another digest, has
            another value type in a later block, lacks a column, or has more rows than `row_limit`.
        OSError: If the output cannot be written.
    """
    field = "load_tabular_dataset"
    check(format in FORMATS, f"{field}.format", f"be one of {FORMATS}", format, "Choose one")
    check(row_limit >= 0, f"{field}.row_limit", "be at least 0", row_limit, "0 means no limit")
    check(Path(source).exists(), f"{field}.path", "exist", str(source), "Check the path")
    if digest:
        check_content(source, digest, f"{field}.data")
    with _explained(source, format), _OPENERS[format](Path(source)) as (schema, batches):
        for name in columns:
            fix = f"The data set has the columns {schema.names}"
            check(schema.names.count(name) == 1, f"{field}.columns", "occur once each", name, fix)
        kept = [schema.names.index(name) for name in columns] or range(len(schema))
        limited = _limited((batch.select(kept) for batch in batches), row_limit)
        return write_table(out, pa.schema([schema.field(i) for i in kept]), limited)


@contextmanager
def _open_parquet(path: Path) -> Iterator[Opened]:
    table = open_table(path, "load_tabular_dataset.path")
    yield table.schema, table.blocks()


_OPENERS = {"csv": open_csv, "jsonl": open_jsonl, "parquet": _open_parquet}


def _limited(batches: Iterable[pa.RecordBatch], row_limit: int) -> Iterator[pa.RecordBatch]:
    rows = 0
    for batch in batches:
        rows += batch.num_rows
        check(
            row_limit == 0 or rows <= row_limit,
            "load_tabular_dataset.row_limit",
            "be at least the number of rows",
            row_limit,
            f"The table has at least {rows} rows: raise the limit or cut the table beforehand",
        )
        yield batch


@contextmanager
def _explained(source: str | os.PathLike[str], format: str) -> Iterator[None]:
    try:
        yield
    except pa.ArrowInvalid as error:
        rule, fix = f"be an intact {format} file", "Mend the file, or choose another format"
        raise DataError("load_tabular_dataset.path", rule, str(source), fix, error) from error
