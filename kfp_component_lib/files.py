"""Outputs that are either whole or not there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kfp_component_lib.errors import OutputError

__all__ = ["StrPath", "replacing", "replacing_all", "write_text"]

StrPath = str | os.PathLike[str]


@contextmanager
def replacing(path: StrPath) -> Iterator[Path]:
    """Write a file or a folder beside its place, and move it there once it is complete.

    Whoever sees `path` sees all of it: after an error what was written so far is gone, and what
    was at `path` before is still there.

    Args:
        path: Where the output shall be; the folder it lies in exists.

    Yields:
        The path to write to, in the same folder.

    Raises:
        OutputError: If the folder cannot be written to or the disk is full.
    """
    with replacing_all([path]) as (partial,):
        yield partial


@contextmanager
def replacing_all(paths: list[StrPath]) -> Iterator[list[Path]]:
    """Write several outputs as `replacing` does: all of them appear, or none.

    Args:
        paths: Where the outputs shall be.

    Yields:
        The paths to write to, in the same order.

    Raises:
        OutputError: If a folder cannot be written to or the disk is full. Whoever reads in the
            block makes errors of reading something else than an OSError.
    """
    finals = [Path(path) for path in paths]
    partials = [final.with_name(f".{final.name}.{os.getpid()}.partial") for final in finals]
    try:
        yield partials
        for partial, final in zip(partials, finals, strict=True):
            partial.replace(final)
    except BaseException as error:
        for partial in partials:
            _remove(partial)
        if isinstance(error, OSError) and not isinstance(error, OutputError):
            fix = "Allow writing there, free space on the disk, or choose another place"
            places = [str(final) for final in finals]
            raise OutputError("outputs", "be writable", places, fix, error) from error
        raise


def write_text(path: StrPath, text: str) -> None:
    """Write a text file as `replacing` does.

    Args:
        path: Where the file shall be.
        text: Its content, written as UTF-8.

    Raises:
        OutputError: If the file cannot be written.
    """
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")


def _remove(path: Path) -> None:
    if path.is_dir():
        import shutil  # Here, because it takes a hundredth of the shortest task.

        shutil.rmtree(path)
    elif path.exists():
        path.unlink()
