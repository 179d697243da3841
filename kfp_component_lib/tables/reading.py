"""Parquet files and folders of them, read block by block."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from kfp_component_lib.errors import DataError, check
from kfp_component_lib.parallel import read_ahead
from kfp_component_lib.tables.arrays import schema_text
from kfp_component_lib.tables.blocks import BLOCK_ROWS, in_blocks, within

__all__ = ["Table", "open_table"]

_READ_BUFFER_BYTES = 1 << 20


@dataclass(frozen=True)
class Table:
    """The rows of one or several Parquet files.

    Attributes:
        field: What names the table, as `owner.field`.
        files: The files, in the order of their rows.
        schema: Names and types of the columns; names may occur twice.
        rows: Number of rows.
    """

    field: str
    files: tuple[Path, ...]
    schema: pa.Schema
    rows: int

    def require(
        self, columns: Iterable[str], field: str, rule: str = "name a column that occurs once"
    ) -> None:
        """Refuse columns that are not there, or there twice.

        Args:
            columns: Names that must each occur once.
            field: What names these columns, as `owner.field`.
            rule: What the field must do.

        Raises:
            DataError: If a name occurs never or more than once.
        """
        for name in columns:
            count = self.schema.names.count(name)
            fix = f"The data set has the columns {self.schema.names}"
            check(count == 1, field, rule, name, fix)

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
        last = self.rows if stop is None else min(stop, self.rows)
        return read_ahead(in_blocks(self._batches(columns, start, last)))

    def _batches(
        self, columns: Sequence[str] | None, start: int, stop: int
    ) -> Iterator[pa.RecordBatch]:
        position = 0
        for path in self.files:
            with (
                _reading(path, self.field),
                pq.ParquetFile(path, buffer_size=_READ_BUFFER_BYTES) as file,
            ):
                for group in range(file.num_row_groups):
                    rows = file.metadata.row_group(group).num_rows
                    if position < stop and position + rows > start:
                        batches = file.iter_batches(BLOCK_ROWS, [group], columns)
                        yield from within(batches, start - position, stop - position)
                    position += rows


def open_table(path: str | os.PathLike[str], field: str = "data") -> Table:
    """Open a Parquet file, or a folder of Parquet files with one schema.

    Args:
        path: The file, or a folder whose files `*.parquet` are read in the order of their names.
        field: What names the table, as `owner.field`.

    Returns:
        The table; nothing but the files' footers has been read.

    Raises:
        DataError: If there is no such file, it is not Parquet, or the schemas differ.
    """
    files = _files(Path(path), field)
    footers = [_footer(file, field) for file in files]
    schema = footers[0][0]
    for file, (other, _) in zip(files, footers, strict=True):
        rule = f"have one schema in all files, {schema_text(schema)}"
        check(
            other.equals(schema), field, rule, f"{schema_text(other)} in {file.name}", "Rewrite it"
        )
    return Table(field, files, schema, sum(rows for _, rows in footers))


def _files(path: Path, field: str) -> tuple[Path, ...]:
    check(path.exists(), field, "be a Parquet file or a folder of them", str(path), "It is missing")
    files = tuple(sorted(path.glob("*.parquet"))) if path.is_dir() else (path,)
    check(files, field, "be a folder that holds files *.parquet", str(path), "Name another folder")
    return files


def _footer(path: Path, field: str) -> tuple[pa.Schema, int]:
    with _reading(path, field), pq.ParquetFile(path) as file:
        return file.schema_arrow.remove_metadata(), file.metadata.num_rows


@contextmanager
def _reading(path: Path, field: str) -> Iterator[None]:
    try:
        yield
    except PermissionError as error:
        fix = "Give the user that runs the task the right to read it"
        raise DataError(field, "be readable", str(path), fix) from error
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        fix = "Write it again, or convert it to Parquet"
        raise DataError(field, "be an intact Parquet file", str(path), fix, error) from error
