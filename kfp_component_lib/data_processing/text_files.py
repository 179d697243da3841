"""Opens text files as streams, whether or not they are compressed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from kfp_component_lib.errors import DataError

__all__ = ["Opened", "explained", "open_text"]

Opened = tuple[pa.Schema, Iterable[pa.RecordBatch]]
"""Names and types of the columns, and the rows in order."""

_BEGINNINGS = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bz2",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x04\x22\x4d\x18": "lz4",
}


def open_text(path: Path) -> pa.NativeFile:
    """Open a file for reading from its start.

    Artifacts have no suffix that shows the compression, so it is also detected by the first bytes.

    Args:
        path: The file.

    Returns:
        A stream of its decompressed content.

    Raises:
        OSError: If the file cannot be read.
    """
    with path.open("rb") as file:
        start = file.read(4)
    found = (name for bytes_, name in _BEGINNINGS.items() if start.startswith(bytes_))
    return pa.input_stream(str(path), compression=next(found, "detect"))


@contextmanager
def explained(field: str, rule: str, path: Path, fix: str) -> Iterator[None]:
    """Turn errors of reading into a `DataError`.

    Args:
        field: The name of the file in errors, as `owner.field`.
        rule: The rule that the file must meet.
        path: The file.
        fix: The advice for the user, without a full stop.
    """
    try:
        yield
    except DataError:
        raise
    except PermissionError as error:
        fix = "Give the user that runs the task the right to read it"
        raise DataError(field, "be readable", str(path), fix) from error
    except (pa.ArrowException, OSError, ValueError, LookupError, ArithmeticError) as error:
        raise DataError(field, rule, str(path), fix, error) from error
