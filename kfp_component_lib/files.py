"""Output files that are either whole or not there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["replacing"]


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Write a file beside its place, and move it there once it is complete.

    Whoever sees `path` sees all of it: after an error the file written so far is gone, and what
    was at `path` before is still there.

    Args:
        path: Where the file shall be; its folder exists.

    Yields:
        The path to write to, in the same folder.

    Raises:
        OSError: If the folder cannot be written to or the disk is full.
    """
    final = Path(path)
    partial = final.with_name(f".{final.name}.{os.getpid()}.partial")
    try:
        yield partial
        partial.replace(final)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
