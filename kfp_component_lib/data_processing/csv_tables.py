"""CSV files, read block by block on all cores in memory that does not grow."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from kfp_component_lib.parallel import THREADS, mapped_ahead

__all__ = ["Opened", "open_csv"]

Opened = tuple[pa.Schema, Iterable[pa.RecordBatch]]
"""Names and types of the columns, and the rows in order."""

_TYPED_BYTES = 1 << 20
"""The types are those of so much text, as pyarrow's own readers decide."""

_BLOCK_BYTES = 4 << 20
"""What a thread parses at once: enough that the calls of pyarrow cost little."""

_CACHED_BYTES = 1 << 18
"""What pyarrow parses at once: text and values fit into a core's cache."""


@contextmanager
def open_csv(path: Path) -> Iterator[Opened]:
    """Open a CSV file with a header, compressed if its name ends so.

    A line break within quotes is only sure to be read as one in the first `_TYPED_BYTES`.

    Args:
        path: The file.

    Yields:
        Schema of the first `_TYPED_BYTES`, and record batches of it. Within the block at most
        `THREADS` + 2 blocks of text and their values are held in memory.

    Raises:
        pyarrow.ArrowInvalid: If it is no CSV file, or a later value has not the column's type.
    """
    try:
        with pa.input_stream(path) as file:
            blocks = _blocks(file)
            first = pyarrow.csv.open_csv(pa.BufferReader(next(blocks, b"")))
            with mapped_ahead(_parser(first.schema), blocks, THREADS) as others:
                yield first.schema, itertools.chain(first, others)
    except pa.ArrowInvalid:
        # Its one reader knows the row's number in the file, which those of blocks do not.
        deque(pyarrow.csv.open_csv(path), 0)
        raise


def _blocks(file: pa.NativeFile) -> Iterator[bytes]:
    """Yield the file in blocks of whole lines; where they end depends on the bytes alone."""
    rest, data = b"", file.read(_TYPED_BYTES)
    while data:
        following = file.read(_BLOCK_BYTES)
        block = rest + data
        end = max(block.rfind(b"\n"), block.rfind(b"\r")) + 1 if following else len(block)
        if not end:
            raise pa.ArrowInvalid(f"a line has more than {len(block)} bytes")
        yield block[:end]
        rest, data = block[end:], following


def _parser(schema: pa.Schema) -> Callable[[bytes], pa.RecordBatch]:
    """Return what parses a block of whole lines.

    Where a line is longer than what pyarrow parses at once, or a value's line break ends that, the
    block has to be parsed whole; what is wrong with it is found again.
    """
    names = [str(number) for number in range(len(schema))]  # Those of the file may occur twice.
    types = pyarrow.csv.ConvertOptions(column_types=dict(zip(names, schema.types, strict=True)))

    def read(block: bytes, size: int) -> pa.Table:
        # Without quotes to look for it is quicker.
        quotes = pyarrow.csv.ParseOptions(quote_char='"' if b'"' in block else False)
        options = pyarrow.csv.ReadOptions(use_threads=False, block_size=size, column_names=names)
        return pyarrow.csv.read_csv(pa.BufferReader(block), options, quotes, types)

    def parse(block: bytes) -> pa.RecordBatch:
        try:
            table = read(block, _CACHED_BYTES)
        except pa.ArrowInvalid:
            table = read(block, len(block))
        arrays = [column.combine_chunks() for column in table.columns]
        return pa.RecordBatch.from_arrays(arrays, schema=schema)

    return parse
