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
_OVERLAP = 64
"""Bytes in which a line `null` that two reads share is found."""


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
        reader = pyarrow.json.open_json(pa.PythonFile(_Lines(file), mode="r"))
        yield reader.schema, reader


class _Lines(io.RawIOBase):
    """A file without lines `null`: pyarrow crashes on the first, and makes a row of later ones."""

    def __init__(self, file: pa.NativeFile) -> None:
        self._file = file
        self._end = b"\n"
        self._dropped = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._file.read(None if size < 0 else size)
        seen = self._end + data
        if found := _NULL.search(seen):
            line = self._dropped + seen.count(b"\n", 0, found.start() + 1)
            raise pa.ArrowInvalid(f"line {line} is null, not an object")
        kept = max(len(seen) - _OVERLAP, 0)
        self._dropped += seen.count(b"\n", 0, kept)
        self._end = seen[kept:]
        return data
