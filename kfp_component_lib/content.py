"""Digests of the content of files and folders, and checking content against a digest."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from kfp_component_lib.errors import DataError, check
from kfp_component_lib.files import StrPath, replacing

__all__ = ["check_content", "content_digest", "copy_content"]

_ALGORITHM = "sha256"


def content_digest(path: StrPath, field: str, name: str = "") -> str:
    """Return the digest of what a file or a folder holds.

    The digest covers neither times nor permissions, nor the name of the file or folder itself. The
    digest of a file is the SHA-256 of its bytes, as `sha256sum` prints it.

    Args:
        path: A file, or a folder with at least one file. Links are followed.
        field: Name of the input for error messages, as `owner.field`.
        name: Value to show in error messages, such as a URI; by default the path.

    Returns:
        `sha256:` and 64 hexadecimal digits.

    Raises:
        DataError: If there is no file, or a file cannot be read.
    """
    source, shown = Path(path), name or str(path)
    fix = "Check the address, and that the task has permission to read it"
    try:
        found = source.is_file() or any(_files(source))
        check(found, field, "be a file or a folder that holds files", shown, fix)
        digest = _file_digest(source) if source.is_file() else _folder_digest(source)
    except OSError as error:
        raise DataError(field, "be readable", shown, fix, error) from error
    return f"{_ALGORITHM}:{digest.hex()}"


def check_content(path: StrPath, digest: str, field: str, name: str = "") -> None:
    """Refuse content whose digest is not the expected one.

    Args:
        path: A file or a folder.
        digest: The expected digest, as `content_digest` returns it.
        field: Name of the input for error messages, as `owner.field`.
        name: Address to show in error messages; by default the path.

    Raises:
        DataError: If the content is missing or has a different digest.
    """
    found = content_digest(path, field, name)
    fix = f"{name or str(path)!r} has changed since its digest was taken: start a new run"
    check(found == digest, field, f"have the content with the digest {digest}", found, fix)


def copy_content(source: StrPath, out: StrPath, digest: str, field: str, name: str = "") -> None:
    """Copy a file or a folder whose content has the expected digest.

    Args:
        source: A file or a folder.
        out: Path of the copy. It is either complete or absent.
        digest: The expected digest of the copy, as `content_digest` returns it.
        field: Name of the source for error messages, as `owner.field`.
        name: Address of the source to show in error messages; by default its path.

    Raises:
        DataError: If the content is missing or has a different digest.
        OutputError: If the copy cannot be written.
    """
    content_digest(source, field, name)  # A missing source is not an OutputError.
    with replacing(out) as partial:
        if Path(source).is_dir():
            shutil.copytree(source, partial)
        else:
            shutil.copyfile(source, partial)
        check_content(partial, digest, field, name or str(source))


def _file_digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, _ALGORITHM).digest()


def _folder_digest(folder: Path) -> bytes:
    whole = hashlib.new(_ALGORITHM)
    for file in _files(folder):
        # Both digests have a fixed length, so no two folders give the same sequence of bytes.
        whole.update(hashlib.new(_ALGORITHM, _relative(file, folder)).digest())
        whole.update(_file_digest(file))
    return whole.digest()


def _files(folder: Path) -> Iterator[Path]:
    """Yield all files below a folder, in the same order on every machine."""
    found = (
        Path(parent, name)
        for parent, _, names in os.walk(folder, followlinks=True)
        for name in names
    )
    yield from sorted(found, key=lambda file: _relative(file, folder))


def _relative(file: Path, folder: Path) -> bytes:
    return os.fsencode(file.relative_to(folder).as_posix())
