"""The sizes of files and folders, in words."""

import os
from pathlib import Path

import humanize


def describe_size(path: str | os.PathLike[str]) -> str:
    """Return the size of a file, or of all files in a folder, such as "1.5 kB".

    Raises:
        FileNotFoundError: If there is no such file.
    """
    place = Path(path)
    files = [file for file in place.rglob("*") if file.is_file()] if place.is_dir() else [place]
    return humanize.naturalsize(sum(file.stat().st_size for file in files))
