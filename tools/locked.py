"""Finds the executables in the locked distributions."""

import sysconfig
from importlib.metadata import distribution
from pathlib import Path

__all__ = ["locked_executable"]


def locked_executable(name: str) -> Path:
    """Return the executable that the locked distribution of the same name installs.

    Args:
        name: Name of both the distribution and the executable, such as `ruff`.

    Raises:
        FileNotFoundError: If the distribution installs no such executable.
    """
    site_packages = Path(str(distribution(name).locate_file("")))
    # Bazel's hubs have a folder bin beside site-packages; an installation has one for everything.
    installed = site_packages == Path(sysconfig.get_path("purelib"))
    folder = Path(sysconfig.get_path("scripts")) if installed else site_packages.parent / "bin"
    executable = folder / name
    if not executable.is_file():
        raise FileNotFoundError(
            f"@pip//{name} must install bin/{name}, got nothing at {executable}."
            " Choose a release that ships a binary wheel for this machine."
        )
    return executable
