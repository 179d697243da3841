"""Outputs that are either complete or absent."""

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
    """Write a file or a folder beside its final path, and move it there once it is complete.

    A reader of `path` never sees part of the output: after an error everything that was written so
    far is removed, and whatever was at `path` before is still there. An existing file is replaced, but
    no folder that contains anything, since it may contain more than an earlier output.

    Args:
        path: Final path of the output; its parent folder must exist.

    Yields:
        The path to write to, in the same parent folder.

    Raises:
        OutputError: If the path is a folder that contains anything, which is found before the block
            begins, if the folder cannot be written to, or if the disk is full.
    """
    with replacing_all([path]) as (partial,):
        yield partial


@contextmanager
def replacing_all(paths: list[StrPath]) -> Iterator[list[Path]]:
    """Write several outputs as `replacing` does: either all of them appear, or none does.

    Args:
        paths: Final paths of the outputs.

    Yields:
        The paths to write to, in the same order.

    Raises:
        OutputError: As for `replacing`. Code in the block that reads files must therefore turn the
            errors of reading into something other than an OSError.
    """
    finals = [Path(path) for path in paths]
    for final in finals:
        if final.is_dir() and any(final.iterdir()):
            fix = "Remove that folder, or choose another place"
            raise OutputError("outputs", "not replace a folder with content", str(final), fix)
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
        path: Final path of the file.
        text: The content, which is written as UTF-8.

    Raises:
        OutputError: If the file cannot be written.
    """
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")


def _remove(path: Path) -> None:
    if path.is_dir():
        import shutil  # Imported here because the import takes 1 % of the shortest task.

        shutil.rmtree(path)
    elif path.exists():
        path.unlink()
