"""CSV files, read by pyarrow's streaming reader in memory that does not grow with the rows."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from kfp_component_lib.data_processing.read_options import OWNER, ReadOptions, option_field
from kfp_component_lib.data_processing.text_files import Opened, explained, open_text
from kfp_component_lib.data_processing.text_types import MISSING, TextTypes
from kfp_component_lib.errors import check
from kfp_component_lib.tables.arrays import from_python, to_arrow, to_numpy

__all__ = ["open_csv"]

_BLOCK_BYTES = (1 << 20, 1 << 23, 1 << 26)
"""Sizes of blocks to parse. A file with a row that does not fit is read with the next size."""

_DELIMITERS = ",;\t|"
_COLUMN = re.compile(r"CSV column #(\d+)")
_FIX = "Correct the file, or state its delimiter, quote, encoding, decimal or column_types in read_options"

Result = TypeVar("Result")
Types = Mapping[str, pa.DataType]


@contextmanager
def open_csv(path: Path, options: ReadOptions) -> Iterator[Opened]:
    """Open a CSV file.

    Types that are not stated are inferred by `text_types` from all rows, in an extra pass over the
    file. An empty cell is null in every column, quoted or not.

    Args:
        path: The file, compressed or not.
        options: What the user states about it.

    Yields:
        Schema and record batches of the columns that are kept. Memory is that of a few blocks.

    Raises:
        DataError: If it is not a CSV file as stated, a row has a different number of values than
            the first, a value does not have the stated type, or a column has no name.
    """
    with _explained(path):
        file = _File(path, options)
        kept = options.chosen(file.names)
        types = file.types(kept)
    names = [file.names[n] for n in kept]
    fix = "Name it in column_names of read_options, or drop it; pandas' index has no name"
    check("" not in names, f"{OWNER}.path", "name every column", names, fix)
    schema = pa.schema([(file.names[n], types[file.found[n]]) for n in kept])
    yield schema, _batches(file, kept, types, schema)


def _explained(path: Path) -> AbstractContextManager[None]:
    return explained(f"{OWNER}.path", "be an intact csv file", path, _FIX)


def _batches(
    file: _File, kept: Sequence[int], types: Types, schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    with _explained(file.path):
        last, checked = None, False
        for batch in file.read(types):
            if not checked and any(map(_has_infinity, batch.columns)):
                file.require_no_overflow(types)
                checked = True
            arrays = [file.with_nulls(batch.column(n)) for n in kept]
            if batch.num_rows:
                last = batch
                yield pa.RecordBatch.from_arrays(arrays, schema=schema)
        file.require_closed_quote(last)


def _has_infinity(column: pa.Array) -> bool:
    floating = pa.types.is_floating(column.type)
    return floating and bool(pc.any(pc.is_inf(column), min_count=0).as_py())


class _File:
    """A CSV file and the way to read it.

    Attributes:
        path: The file.
        found: Names of the columns in the file, or `f0`, `f1` … without a header.
        names: Names to use for the columns; like those found, they may contain duplicates.
    """

    def __init__(self, path: Path, options: ReadOptions) -> None:
        """Read the names of the columns."""
        self.path = path
        self._options = options
        self._block_bytes = _BLOCK_BYTES[0]
        self._delimiter = options.delimiter or ","
        self.found = self._header()
        mark, fix = "\ufeff".encode().decode("cp1252"), 'State "utf8", or nothing'
        marked = self.found[0].startswith(mark) if self.found else False
        rule = "be that of the file, which begins with the byte order mark of UTF-8"
        check(not marked, option_field("encoding"), rule, options.encoding, fix)
        self.names = list(options.column_names) or self.found
        expected = len(self.found)
        fix = f"The file has the columns {self.found}"
        fits = len(self.names) == expected
        check(fits, option_field("column_names"), f"be {expected} names", self.names, fix)

    def types(self, kept: Sequence[int]) -> dict[str, pa.DataType]:
        """Return the types of the columns to keep, by the names found in the file."""
        stated = self._options.types()
        types = {self.found[n]: stated.get(self.names[n]) for n in kept}
        open_ = [name for name, kind in types.items() if kind is None]
        looked = self._fitting(lambda: self._looked(open_)) if open_ else {}
        return {**types, **{name: each.type for name, each in looked.items()}}

    def _looked(self, names: Sequence[str]) -> dict[str, TextTypes]:
        """Return the types that columns may have, after a pass over the rows."""
        nulls = self._options.null_values
        missing = from_python(["", *nulls] if nulls else MISSING, pa.string())
        looked = {name: TextTypes(missing, self._options.decimal) for name in names}
        for batch in self.read(dict.fromkeys(names, pa.string()), nulls=False):
            for name, column in zip(self.found, batch.columns, strict=True):
                if name in looked:
                    looked[name].add(column)
        return looked

    def read(self, types: Types, nulls: bool = True) -> Iterator[pa.RecordBatch]:
        """Read all columns.

        Args:
            types: Types of columns, by the names found in the file; the others are bytes.
            nulls: Whether texts may be null.

        Yields:
            Record batches with the columns in the order of the file.
        """
        texts = nulls and bool(self._options.null_values)
        convert = pyarrow.csv.ConvertOptions(
            column_types={name: types.get(name, pa.binary()) for name in self.found},
            null_values=["", *self._options.null_values] if texts else list(MISSING),
            strings_can_be_null=texts,
            decimal_point=self._options.decimal,
        )
        try:
            with open_text(self.path) as stream, self._reader(stream, convert) as reader:
                yield from reader
        except pa.ArrowInvalid as error:
            raise pa.ArrowInvalid(_COLUMN.sub(self._named, str(error))) from error

    def _named(self, column: re.Match[str]) -> str:
        return f"column {self.names[int(column[1])]!r}"

    def _reader(
        self, stream: pa.NativeFile, convert: pyarrow.csv.ConvertOptions | None = None
    ) -> pyarrow.csv.CSVStreamingReader:
        text = pa.transcoding_input_stream(stream, self._options.encoding, "utf8")
        read = pyarrow.csv.ReadOptions(
            use_threads=False,  # With threads, errors do not name the row.
            block_size=self._block_bytes,
            autogenerate_column_names=not self._options.header,
        )
        parse = pyarrow.csv.ParseOptions(
            delimiter=self._delimiter,
            quote_char=self._options.quote or False,
            newlines_in_values=True,
        )
        whole = pa.PythonFile(_WholeLineEnds(text), mode="r")
        return pyarrow.csv.open_csv(whole, read, parse, convert)

    def _header(self) -> list[str]:
        """Return the names of the columns; refuse a delimiter that is clearly not the file's."""
        try:
            names, error = self._fitting(self._names), None
        except pa.ArrowInvalid as refused:
            names, error = [], refused
        self._require_no_line_for_excel(names)
        if len(names) <= 1 and len(self._options.column_names) != 1:
            self._require_no_other_delimiter()
        if error:
            raise error
        return names

    def _require_no_line_for_excel(self, names: list[str]) -> None:
        """Refuse a first line such as `sep=;`, which tells Excel the delimiter and names nothing."""
        line = self._delimiter.join(names)
        told = line.lower().startswith("sep=") and len(line) == len("sep=;")
        rule = "begin with the names of its columns, not with a line for Excel"
        fix = f"Remove this line, and state {line[-1:]!r} as delimiter in read_options"
        check(not told, f"{OWNER}.path", rule, line, fix)

    def _names(self) -> list[str]:
        with open_text(self.path) as stream, self._reader(stream) as reader:
            return list(reader.schema.names)

    def _require_no_other_delimiter(self) -> None:
        mine = self._delimiter
        for other in _DELIMITERS.replace(mine, ""):
            self._delimiter = other
            try:
                names = self._names()
            except pa.ArrowInvalid:
                names = []
            fix = f"State {other!r}, which makes the columns {names}"
            rule = "be the character between the values"
            check(len(names) <= 1, option_field("delimiter"), rule, mine, fix)
        self._delimiter = mine

    def _fitting(self, action: Callable[[], Result]) -> Result:
        """Read the file by a function, with the first block size into which every row fits."""
        for size in _BLOCK_BYTES:
            self._block_bytes = max(size, self._block_bytes)
            try:
                return action()
            except pa.ArrowInvalid as error:
                if "straddling" not in str(error):
                    raise
        raise pa.ArrowInvalid(
            f"a row has more than {_BLOCK_BYTES[-1]} bytes, or a quote is never closed"
        )

    def with_nulls(self, column: pa.Array) -> pa.Array:
        """Return a column in which an empty text is null, like an empty cell in other columns."""
        kind = column.type
        if kind not in (pa.string(), pa.large_string(), pa.binary(), pa.large_binary()):
            return column
        empty = to_numpy(pc.binary_length(column).cast(pa.int64()), 1) == 0
        if not empty.any():
            return column
        return pc.if_else(to_arrow(empty), pa.nulls(len(column), kind), column)

    def require_no_overflow(self, types: Types) -> None:
        """Refuse texts with digits that a stated type reads as infinity, such as 1e400."""
        texts = self.read(dict.fromkeys(types, pa.string()), nulls=False)
        for found, written in zip(self.read(types), texts, strict=True):
            for n, column in enumerate(found.columns):
                if _has_infinity(column):
                    raw = written.column(n).filter(pc.is_inf(column))
                    bad = raw.filter(pc.match_substring_regex(raw, "[0-9]")).slice(0, 1).to_pylist()
                    fix = f"State a type that holds the values of {self.names[n]!r}, such as string"
                    rule = f"be types that hold all values, as {column.type} does not"
                    check(not bad, option_field("column_types"), rule, "".join(bad), fix)

    def require_closed_quote(self, last: pa.RecordBatch | None) -> None:
        """Refuse a file whose last value begins with a quote that is never closed.

        pyarrow would treat everything after such a quote as the value.
        """
        if last is None or not self._options.quote:
            return
        value = last.column(last.num_columns - 1)[-1].as_py()
        text = value.decode(errors="replace") if isinstance(value, bytes) else value
        if isinstance(text, str) and ("\n" in text or "\r" in text):
            end = self._end().decode(self._options.encoding, errors="replace")
            if not end.rstrip("\r\n").endswith(self._options.quote):
                raise pa.ArrowInvalid(f"a quote is never closed: {text[:80]!r} …")

    def _end(self) -> bytes:
        end = b""
        with open_text(self.path) as stream:
            while data := stream.read(_BLOCK_BYTES[0]):
                end = (end + data)[-64:]
        return end


class _WholeLineEnds(io.RawIOBase):
    r"""A stream that never splits `\r\n`, and adds a missing line end to a file with only one line.

    If a piece ends with `\r`, pyarrow treats a `\n` at the start of the next piece as the rest of
    the line end and loses it, even within quotes. It also treats a file with only a header that has
    no line end as empty.
    """

    def __init__(self, stream: pa.NativeFile) -> None:
        """Wrap `stream`."""
        self._stream = stream
        self._held = b""
        self._has_end = False

    def readable(self) -> bool:
        """Return True, as the protocol of files requires."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, which do not end with a carriage return before the end."""
        data: bytes = self._held + self._stream.read(size - len(self._held))
        if data and not self._has_end:
            self._has_end = b"\n" in data or b"\r" in data or len(data) >= size
            data = data if self._has_end else data + (self._stream.read(size - len(data)) or b"\n")
        end = len(data) - 1 if len(data) > 1 and data.endswith(b"\r") else len(data)
        self._held = data[end:]
        return data[:end]
