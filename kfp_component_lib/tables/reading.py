"""Parquet files and folders of them, read block by block."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kfp_component_lib.errors import DataError, check
from kfp_component_lib.parallel import read_ahead
from kfp_component_lib.tables.arrays import from_python, to_arrow
from kfp_component_lib.tables.blocks import BLOCK_ROWS, in_blocks, within
from kfp_component_lib.tables.folders import Part, key_type, parts_of
from kfp_component_lib.tables.schemas import as_type, index_columns, one_schema, without_views

__all__ = ["Table", "open_table"]

_READ_BUFFER_BYTES = 1 << 20
# The values that are decoded at once, and then dropped, fit into the CPU cache.
_SCANNED_ROWS = 8192
_FAST_TO_EXPAND = ("UNCOMPRESSED", "SNAPPY", "LZ4")


@dataclass(frozen=True)
class Table:
    """The rows of one or several Parquet files.

    Attributes:
        parts: The files, in the order of their rows, with the keys that their folders define.
        schema: Names and types of the columns; a name may occur twice. The keys of folders come
            last. The columns of a pandas index are left out unless they were requested.
        rows: Number of rows according to the footers of the files; reading raises an error if a
            file holds another number.
        field: Name of the input for error messages, as `owner.field`.
        index: Names of the columns of a pandas index that are left out.
    """

    parts: tuple[Part, ...]
    schema: pa.Schema
    rows: int
    field: str = "data"
    index: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[Path, ...]:
        """The files, in the order of their rows."""
        return tuple(part.path for part in self.parts)

    def require(
        self, columns: Iterable[str], field: str, rule: str = "name a column that occurs once"
    ) -> None:
        """Refuse columns that are missing or occur more than once.

        Args:
            columns: Names, each of which must occur once.
            field: Name of the input that names them, as `owner.field`.
            rule: What the field must do, as the words that follow "must".

        Raises:
            DataError: If a name is missing or occurs more than once.
        """
        for name in columns:
            count = self.schema.names.count(name)
            fix = f"The dataset has the columns {self.schema.names}"
            if name in self.index:
                fix = "It is pandas' index; load_tabular_dataset keeps it if you name it in columns"
            check(count == 1, field, rule, name, fix)

    def blocks(
        self, columns: Sequence[str] | None = None, start: int = 0, stop: int | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Read the rows in blocks of `BLOCK_ROWS`; the last block is shorter.

        The boundaries of the blocks depend on the rows alone, not on files and row groups, so the
        same holds for anything that is computed block by block. A thread reads two blocks ahead.

        Args:
            columns: Names of the columns to read; None reads all of them.
            start: First row.
            stop: Row before which to stop; None includes the last row.

        Yields:
            Record batches of at least one row, whose columns have the types of `schema`.

        Raises:
            DataError: If a file is damaged, holds another number of rows than its footer states, or
                has a value that its column in `schema` cannot hold.
        """
        last = self.rows if stop is None else min(stop, self.rows)
        return read_ahead(in_blocks(self._batches(columns, start, last)))

    def intact_blocks(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Read all rows of some columns in blocks, and the other columns for errors alone.

        Whoever takes all the blocks knows that `blocks` can read the whole table. Reading a column
        without making an array of its values takes about two thirds of the time.

        Args:
            columns: Names of columns, each of which occurs once.

        Yields:
            Record batches of these columns, in blocks as those of `blocks`.

        Raises:
            DataError: As `blocks` does, for any column of the table.
        """
        names, taken = self.schema.names, set(columns)
        if len(set(names)) < len(names):
            return (block.select(list(columns)) for block in self.blocks())
        rest = [name for name in names if name not in taken]
        found = in_blocks(self._batches(columns, 0, self.rows, rest))
        # Reading numbers takes less time than handing them to another thread.
        plain = all(pa.types.is_primitive(self.schema.field(name).type) for name in columns)
        return found if plain else read_ahead(found)

    def _batches(
        self, columns: Sequence[str] | None, start: int, stop: int, rest: Sequence[str] = ()
    ) -> Iterator[pa.RecordBatch]:
        position = 0
        fields = list(self.schema) if columns is None else [self.schema.field(n) for n in columns]
        for part in self.parts:
            with _reading(part.path, self.field), _opened(part.path) as file:
                stored = self._stored(part, columns)
                for group in range(file.num_row_groups):
                    rows = file.metadata.row_group(group).num_rows
                    if position < stop and position + rows > start:
                        batches = _counted(file, group, stored)
                        for batch in within(batches, start - position, stop - position):
                            yield self._conformed(batch, fields, part)
                    position += rows
                self._read_for_errors(file, part, rest)

    def _read_for_errors(self, file: pq.ParquetFile, part: Part, columns: Sequence[str]) -> None:
        """Read columns of a file without keeping their values."""
        kinds = {field.name: field.type for field in file.schema_arrow}
        fields = [self.schema.field(name) for name in columns if name not in part.keys]
        plain = [
            f.name for f in fields if pa.types.is_primitive(f.type) and f.type == kinds[f.name]
        ]
        _scan(file, plain)
        others = [field for field in fields if field.name not in set(plain)]
        for group in range(file.num_row_groups) if others else ():
            for batch in _counted(file, group, [field.name for field in others]):
                self._conformed(batch, others, part)

    def _stored(self, part: Part, columns: Sequence[str] | None) -> list[str] | None:
        """Return the columns to read from a file; None reads all, to find them by position."""
        if columns is None and len(set(self.schema.names)) < len(self.schema):
            return None
        names = self.schema.names if columns is None else columns
        return [name for name in names if name not in part.keys]

    def _conformed(
        self, batch: pa.RecordBatch, fields: list[pa.Field], part: Part
    ) -> pa.RecordBatch:
        """Return the columns of `fields`, validated and converted to their types."""
        if not fields:
            return batch
        names = [field.name for field in fields]
        if len(set(names)) < len(names):
            places = [n for n, name in enumerate(batch.schema.names) if name not in self.index]
            columns = [batch.column(n) for n in places]
        else:
            columns = [None if n in part.keys else batch.column(n) for n in names]
        arrays = []
        for field, column in itertools.zip_longest(fields, columns):
            if field.name in part.keys:
                arrays.append(_constant(part.keys[field.name], field.type, batch.num_rows))
            else:
                _require_valid(column, field.name)
                arrays.append(as_type(column, field.type, field.name, self.field))
        return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))


def open_table(
    path: str | os.PathLike[str], field: str = "data", index: Sequence[str] = ()
) -> Table:
    """Open a Parquet file, or a folder of Parquet files, as one table.

    The files are those that `folders.parts_of` returns. A folder `key=value` adds a column `key` to
    its rows.

    Args:
        path: The file or folder.
        field: Name of the input for error messages, as `owner.field`.
        index: Names of columns of a pandas index that are kept. The others are left out: they are
            row numbers, or columns that pandas itself does not count as such.

    Returns:
        The table. Only the footers of the files have been read.

    Raises:
        DataError: If there is no such file, it is not Parquet, or the files have no common schema.
    """
    parts = parts_of(Path(path), field)
    footers = [_footer(part.path, field) for part in parts]
    found = [(part.path, footer.schema) for part, footer in zip(parts, footers, strict=True)]
    schema = _with_keys(one_schema(found, field), parts, field)
    left_out = {name for footer in footers for name in footer.left_out} - set(index)
    kept = pa.schema([each for each in schema if each.name not in left_out])
    rows = sum(footer.rows for footer in footers)
    return Table(parts, kept, rows, field, tuple(sorted(left_out)))


def _with_keys(schema: pa.Schema, parts: tuple[Part, ...], field: str) -> pa.Schema:
    for key in parts[0].keys:
        fix = "Rename the folders, or load the files one by one"
        twice = key in schema.names
        got = f"{key!r} in {parts[0].path}"
        check(not twice, field, "not have folders that name a column of its files", got, fix)
        schema = schema.append(pa.field(key, key_type([part.keys[key] for part in parts])))
    return schema


class _Footer(NamedTuple):
    schema: pa.Schema
    rows: int
    left_out: tuple[str, ...]


def _footer(path: Path, field: str) -> _Footer:
    with _reading(path, field), _opened(path) as file:
        groups = range(file.num_row_groups)
        counts = [file.metadata.row_group(group).num_rows for group in groups]
        fix = "Write the file again"
        got = f"{counts} in {path}"
        check(
            all(n >= 0 for n in counts),
            field,
            "state a number of rows for each row group",
            got,
            fix,
        )
        schema = pa.schema([e.with_type(without_views(e.type)) for e in file.schema_arrow])
        return _Footer(schema, sum(counts), index_columns(file.schema_arrow))


def _opened(path: Path) -> pq.ParquetFile:
    return pq.ParquetFile(path, buffer_size=_READ_BUFFER_BYTES, page_checksum_verification=True)


def _counted(
    file: pq.ParquetFile, group: int, columns: list[str] | None
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a row group, and compare their number with its footer."""
    promised, found = file.metadata.row_group(group).num_rows, 0
    threads = not _is_fast(file, group, columns)
    for batch in file.iter_batches(BLOCK_ROWS, [group], columns, use_threads=threads):
        found += batch.num_rows
        yield batch
    if found != promised:
        raise pa.ArrowInvalid(f"row group {group} has {found} rows, its footer says {promised}")


def _is_fast(file: pq.ParquetFile, group: int, columns: list[str] | None) -> bool:
    """Return whether reading columns takes less time than handing them to threads."""
    kinds, stored = file.schema_arrow, file.metadata.row_group(group)
    if not stored.num_columns or stored.column(0).compression not in _FAST_TO_EXPAND:
        return False
    return all(pa.types.is_primitive(kinds.field(name).type) for name in columns or ())


def _scan(file: pq.ParquetFile, columns: list[str]) -> None:
    """Read and decode columns of numbers or times, and compare their number with the footer."""
    found = file.scan_contents(columns, _SCANNED_ROWS) if columns else file.metadata.num_rows
    if found != file.metadata.num_rows:
        promised = file.metadata.num_rows
        raise pa.ArrowInvalid(f"{columns} have {found} rows, the footer says {promised}")


def _constant(value: str | None, kind: pa.DataType, rows: int) -> pa.Array:
    return from_python([value], kind).take(to_arrow(np.zeros(rows, np.int64)))


def _require_valid(column: pa.Array, name: str) -> None:
    """Refuse values that the Parquet reader does not check, such as text that is not UTF-8."""
    if pa.types.is_primitive(column.type):
        return
    try:
        column.validate(full=True)
    except pa.ArrowException as error:
        raise pa.ArrowInvalid(f"column {name!r}: {error}") from error


@contextmanager
def _reading(path: Path, field: str) -> Iterator[None]:
    try:
        yield
    except DataError:
        raise
    except PermissionError as error:
        fix = "Give the user that runs the task permission to read it"
        raise DataError(field, "be readable", str(path), fix) from error
    except (pa.ArrowException, OSError, ValueError, ArithmeticError) as error:
        fix = "Write it again, or convert it to Parquet"
        raise DataError(field, "be an intact Parquet file", str(path), fix, error) from error
