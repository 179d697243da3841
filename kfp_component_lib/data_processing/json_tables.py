"""JSON Lines, read by pyarrow's streaming reader in memory that does not grow with the rows."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.json

from kfp_component_lib.data_processing.json_types import Seen, look_at
from kfp_component_lib.data_processing.read_options import OWNER, ReadOptions
from kfp_component_lib.data_processing.text_files import Opened, explained, open_text
from kfp_component_lib.errors import DataError, check
from kfp_component_lib.tables.arrays import mask, to_numpy
from kfp_component_lib.tables.type_names import FAMILIES

__all__ = ["DoubtError", "open_jsonl"]

_BLOCK_BYTES = 1 << 20
_EXACT = 2.0**53
_LINE_FEED = ord("\n")


class DoubtError(Exception):
    """pyarrow may have misread a row, or a row does not fit the types of the first rows."""


@contextmanager
def open_jsonl(path: Path, options: ReadOptions, sure: bool = False) -> Iterator[Opened]:
    """Open a file of JSON Lines.

    Types are those of the JSON values: a text is a text, whatever it looks like. They are inferred
    from the first rows, or from all rows if the first rows are not sufficient.

    Args:
        path: The file, compressed or not.
        options: What the user states about it.
        sure: Whether to inspect all rows beforehand, which takes longer but never raises
            DoubtError.

    Yields:
        Schema and record batches of the columns that are kept, with the types of the JSON values;
        the caller casts to stated types. Memory is that of a few blocks.

    Raises:
        DataError: If a line is not a JSON object, or the values of a column have no common type.
        DoubtError: If `sure` must be set.
    """
    with _explained(path):
        seen = look_at(path, None if sure else 2 * _BLOCK_BYTES)
    fix = "Check the step before"
    check(seen.fields or not sure, f"{OWNER}.path", "have a row with a field", str(path), fix)
    try:
        table = _table(path, options, seen, sure)
    except DataError as error:
        if sure:
            raise
        raise DoubtError from error
    yield table.schema, table.batches()


def _explained(path: Path) -> AbstractContextManager[None]:
    fix = "Correct the file, or choose another format"
    return explained(f"{OWNER}.path", "be an intact jsonl file", path, fix)


def _table(path: Path, options: ReadOptions, seen: Seen, sure: bool) -> _File:
    """Return the way to read a file: only the kept columns, or all fields to find their names."""
    names = list(seen.fields)
    kept = [names[n] for n in options.chosen(names)]
    stated = options.types()
    wanted = kept if sure else names
    types = {name: _read_type(seen.fields[name], name, stated.get(name)) for name in wanted}
    rounded = {name for name in stated if types.get(name) == stated[name]}
    return _File(path, kept, types, rounded, seen, sure)


def _read_type(seen: Seen, name: str, stated: pa.DataType | None) -> pa.DataType:
    """Return the type with which JSON values are read; numbers have the stated type at once."""
    is_number = stated is not None and FAMILIES["number"](stated)
    if is_number and seen.kinds.keys() == {"number"} and not pa.types.is_float16(stated):
        return stated
    return seen.type(name)


@dataclass(frozen=True)
class _File:
    """A file of JSON Lines and the way to read it.

    Attributes:
        path: The file.
        kept: Names of the columns to keep.
        types: Types of the columns to read.
        rounded: Names of columns whose numbers are read with the stated type, rounded if necessary.
        seen: The values seen in the file, or in its first rows.
        sure: Whether `seen` is of all rows.
    """

    path: Path
    kept: list[str]
    types: Mapping[str, pa.DataType]
    rounded: set[str]
    seen: Seen
    sure: bool

    @property
    def schema(self) -> pa.Schema:
        """Names and types of the columns to keep."""
        return pa.schema([(name, self.types[name]) for name in self.kept])

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows of the columns to keep.

        Raises:
            DataError: If the numbers of rows that pyarrow reads and of lines differ.
            DoubtError: If a row does not fit or may have been read wrongly, unless `sure` is set.
        """
        rows = 0
        with _explained(self.path):
            for batch in self._read():
                rows += batch.num_rows
                if batch.num_rows:
                    yield batch.select(self.kept)
            fits = not self.sure or rows == self.seen.rows
            fix = "Write one object per line"
            got = f"{rows} rows in {self.seen.rows} lines"
            check(fits, f"{OWNER}.path", "have a row in each line", got, fix)

    def _read(self) -> Iterator[pa.RecordBatch]:
        read = pyarrow.json.ReadOptions(block_size=max(_BLOCK_BYTES, 2 * self.seen.longest))
        parse = pyarrow.json.ParseOptions(
            explicit_schema=pa.schema(list(self.types.items())),
            unexpected_field_behavior="ignore" if self.sure else "error",
        )
        try:
            rows = 0
            with open_text(self.path) as stream:
                lines = _Lines(stream)
                file = pa.PythonFile(lines, mode="r")
                for batch in pyarrow.json.open_json(file, read, parse):
                    batch.validate()
                    self._require_no_doubt(batch)
                    rows += batch.num_rows
                    yield batch
            if not self.sure and rows != lines.number:
                raise DoubtError
        except pa.ArrowInvalid as error:
            if self.sure:
                raise
            raise DoubtError from error

    def _require_no_doubt(self, batch: pa.RecordBatch) -> None:
        if self.sure:
            return
        columns = zip(batch.schema.names, batch.columns, strict=True)
        doubtful = any(_is_doubtful(column, name in self.rounded) for name, column in columns)
        if doubtful or _has_empty_row(batch):
            raise DoubtError


def _is_doubtful(column: pa.Array, rounded: bool) -> bool:
    """Return whether the JSON may contain another value: a longer number, NaN, or invalid UTF-8."""
    kind = column.type
    if pa.types.is_struct(kind):
        return any(_is_doubtful(each, rounded) for each in column.flatten())
    if pa.types.is_list(kind):
        return _is_doubtful(column.flatten(), rounded)
    if pa.types.is_floating(kind):
        values, beyond = to_numpy(column, 0.0), np.inf if rounded else _EXACT
        # Of values with a NaN, both ends are NaN.
        return len(values) > 0 and not (-beyond < values.min() and values.max() < beyond)
    if pa.types.is_string(kind):
        column.validate(full=True)
    return False


def _has_empty_row(batch: pa.RecordBatch) -> bool:
    """Return whether all values of a row are null, which is how pyarrow reads a line `null`."""
    empty = np.ones(batch.num_rows, np.bool_)
    for column in batch.columns:
        if not column.null_count and not pa.types.is_null(column.type):
            return False
        empty &= mask(column.is_null())
    return bool(empty.any())


class _Lines(io.RawIOBase):
    """A stream that counts its lines, since pyarrow also reads rows that share a line.

    Attributes:
        number: The number of lines that were read; the last one may lack its end.
    """

    def __init__(self, stream: pa.NativeFile) -> None:
        """Wrap `stream`."""
        self.number = 0
        self._stream = stream
        self._in_line = False

    def readable(self) -> bool:
        """Return True, as the protocol of files requires."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes."""
        data: bytes = self._stream.read(size)
        if data:
            # Comparing all bytes takes a third of the time that searching for each end takes.
            ends = np.count_nonzero(np.frombuffer(data, np.uint8) == _LINE_FEED)
            self.number += int(ends) - self._in_line
            self._in_line = not data.endswith(b"\n")
            self.number += self._in_line
        return data
