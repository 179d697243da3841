"""The files in a folder, and the columns that the names of its subfolders define."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa

from kfp_component_lib.errors import check

__all__ = ["Part", "key_type", "parts_of"]

_NULL_KEY = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True)
class Part:
    """A file of a dataset.

    Attributes:
        path: The file.
        keys: The keys and values from the folders `key=value` above it; None means null.
    """

    path: Path
    keys: dict[str, str | None]


def parts_of(path: Path, field: str) -> tuple[Part, ...]:
    """Return the files of a dataset, sorted by path.

    Hidden files are left out. By the convention that Hive, Spark and Arrow share, a file is hidden
    if its name or the name of one of its folders begins with `.` or `_`. All other files belong to
    the dataset, whatever their extension. `pyarrow.dataset` would find the same files, but it
    imports pandas if pandas is installed.

    Args:
        path: A file, or a folder of files and folders.
        field: Name of the input for error messages, as `owner.field`.

    Raises:
        DataError: If there is no file, a folder cannot be listed, or the files have different keys.
    """
    fix = "Check the path, and that the previous step wrote something"
    check(path.exists(), field, "exist", str(path), fix)
    if not path.is_dir():
        fix = "Write it to a file first"
        check(path.is_file(), field, "be a file or a folder", str(path), fix)
        return (Part(path, {}),)
    parts = tuple(_parts(path, {}, (), field))
    rule = "be a folder that holds files whose names begin with neither . nor _"
    check(parts, field, rule, str(path), "Name another folder")
    for part in parts:
        rule = f"have the folders {_named(parts[0])} above all its files"
        fix = "Move the file, or load the folders one by one"
        check(list(part.keys) == list(parts[0].keys), field, rule, str(part.path), fix)
    return parts


def _named(part: Part) -> str:
    return "/".join(f"{key}=…" for key in part.keys) or "that name no key"


def _parts(
    folder: Path, keys: dict[str, str | None], above: tuple[str, ...], field: str
) -> list[Part]:
    real = os.path.realpath(folder)
    check(
        real not in above,
        field,
        "not contain a link to a folder above it",
        str(folder),
        "Remove it",
    )
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        fix = "Give the user that runs the task permission to read it"
        check(False, field, "be a folder that can be listed", f"{folder} ({error})", fix)
    parts = []
    for entry in entries:
        if entry.name.startswith((".", "_")) and "=" not in entry.name:
            continue
        if entry.is_dir():
            parts += _parts(entry, keys | _key(entry.name), (*above, real), field)
        else:
            fix = "Remove it; it may be a link whose target is gone"
            check(entry.is_file(), field, "hold nothing but files", str(entry), fix)
            parts.append(Part(entry, keys))
    return parts


def _key(name: str) -> dict[str, str | None]:
    key, is_key, value = name.partition("=")
    if not is_key:
        return {}
    return {unquote(key): None if value == _NULL_KEY else unquote(value)}


def key_type(values: list[str | None]) -> pa.DataType:
    """Return int64 if it represents the texts of a key without loss, or else string."""
    known = [value for value in values if value is not None]
    return pa.int64() if known and all(map(_is_plain_int, known)) else pa.string()


def _is_plain_int(value: str) -> bool:
    digits = value.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 19):
        return False
    return str(int(value)) == value
