"""Additions to the key of KFP's local cache.

KFP's key covers the component, the name of its image, its command and its arguments, but neither
the content behind a path nor the code that the component imports on this machine.
"""

import hashlib
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kfp import dsl


def depends_on_outside(arguments: Mapping[str, Any]) -> bool:
    """Return whether a task gets a path or URI of something that it reads by itself."""
    return any(
        "://" in text or os.path.exists(text)
        for value in arguments.values()
        for text in _texts(value)
    )


def imported_content(arguments: Mapping[str, Any], made_here: Path) -> dict[str, str]:
    """Return digests of the artifacts that were not written by an earlier task, by argument.

    Args:
        arguments: The arguments of a task.
        made_here: Folder in which tasks leave their artifacts, which never change afterwards.
    """
    found = {}
    for name, value in arguments.items():
        artifacts = value if isinstance(value, list) else [value]
        paths = [Path(a.uri) for a in artifacts if isinstance(a, dsl.Artifact)]
        if outside := [path for path in paths if not path.is_relative_to(made_here)]:
            found[f"content of {name}"] = digest(outside)
    return found


def code() -> str:
    """Return a digest of all Python code that a task may import in this interpreter.

    Installed distributions count by their names and versions.
    """
    files: list[Path] = []
    installed: list[str] = []
    for folder in dict.fromkeys(Path(path).absolute() for path in sys.path if path):
        if folder.name == "site-packages":
            installed += sorted(path.name for path in folder.glob("*.dist-info"))
        elif not folder.is_relative_to(sys.base_prefix) and folder.is_dir():
            files += sorted(folder.glob("**/*.py"))
    return hashlib.sha256(f"{installed}{digest(files)}".encode()).hexdigest()


def digest(paths: list[Path]) -> str:
    """Return a digest of the content of files and folders, including the names in a folder."""
    total = hashlib.sha256()
    for path in paths:
        for file, name in _files(path):
            with file.open("rb") as stream:
                total.update(
                    f"{name}\0{hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode()
                )
    return total.hexdigest()


def _files(path: Path) -> Iterator[tuple[Path, str]]:
    if not path.is_dir():
        yield path, path.name
        return
    for file in sorted(file for file in path.rglob("*") if file.is_file()):
        yield file, str(file.relative_to(path))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
