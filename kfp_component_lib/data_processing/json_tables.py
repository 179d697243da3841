"""JSON Lines, read block by block in memory that does not grow."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.json

from kfp_component_lib.data_processing.csv_tables import Opened

__all__ = ["open_jsonl"]

_NULL = re.compile(rb"\n[ \t\r]*null")


@contextmanager
def open_jsonl(path: Path) -> Iterator[Opened]:
    """Open a file of JSON Lines, compressed if its name ends so.

    Args:
        path: The file.

    Yields:
        Schema of the first block (1 MiB), and record batches of it.

    Raises:
        pyarrow.ArrowInvalid: If a line is no object, or a later value has not the column's type.
    """
    with pa.input_stream(path) as file:
        reader = pyarrow.json.open_json(pa.PythonFile(_WithoutNullLines(file), mode="r"))
        yield reader.schema, reader


class _WithoutNullLines(io.RawIOBase):
    """Refuses a line `null`: pyarrow crashes on it in the first block, later makes a row of it."""

    def __init__(self, file: pa.NativeFile) -> None:
        self._file = file
        self._lines = 0
        self._last = b"\n"  # What has been read of the last line, from the line break before it.

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._file.read(None if size < 0 else size)
        seen = self._last + data
        if found := _NULL.search(seen):
            line = self._lines + seen.count(b"\n", 0, found.start() + 1)
            raise pa.ArrowInvalid(f"line {line} is null, not an object")
        end = seen.rindex(b"\n")
        self._lines += seen.count(b"\n", 0, end)
        self._last = seen[end:]
        return data
