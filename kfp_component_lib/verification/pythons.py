"""Finds a Python on this machine that compiles modules as an image's Python did."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

_SECONDS = 30
_RELEASE = "import sys; print('.'.join(map(str, sys.version_info[:3])))"


def find_python(version: str, release: str | None, path: str) -> str | None:
    """Return the path of a Python of a version, if possible of a certain release.

    Programs that do not run, such as a version manager's shim for a Python that is not installed,
    are skipped.

    Args:
        version: Its version, such as `3.13`.
        release: The release that is preferred, such as `3.13.5`, since each release compiles a
            little differently; None if it is unknown.
        path: The folders to search after the Python that runs this, as in the variable PATH.
    """
    first = None
    for python in _candidates(f"python{version}", path):
        found = _release_of(python)
        if found is None or found.rpartition(".")[0] != version:
            continue
        if found == release:
            return python
        first = first or python
    return first


def _candidates(name: str, path: str) -> Iterator[str]:
    yield sys.executable
    for folder in path.split(os.pathsep):
        if python := shutil.which(name, path=folder):
            yield python


def _release_of(python: str) -> str | None:
    """Return the release of a Python, or None if it does not run."""
    command = [python, "-I", "-S", "-c", _RELEASE]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None if done.returncode else done.stdout.strip()
