"""Formats and lints Python with ruff, BUILD and .bzl files with buildifier if it is installed."""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tools.locked import locked_executable

_BUILDIFIER_HELP = (
    "buildifier is not on PATH: BUILD and .bzl files were skipped."
    " Get it from github.com/bazelbuild/buildtools/releases."
)
_STARLARK = ("BUILD", "BUILD.bazel", "MODULE.bazel")


def ruff_commands(check: bool) -> list[list[str]]:
    """Return the command lines of ruff that fix the files, or those that only check them."""
    ruff = [str(locked_executable("ruff"))]
    if check:
        return [
            [*ruff, "format", "--diff", "--no-cache"],
            [*ruff, "check", "--no-cache"],
        ]
    return [[*ruff, "check", "--fix", "--no-cache"], [*ruff, "format", "--no-cache"]]


def run_all(commands: Iterable[list[str]], paths: list[str], root: Path) -> bool:
    """Run every command on the paths, even after a failure; return whether all succeeded."""
    results = [subprocess.run([*command, *paths], cwd=root, check=False) for command in commands]
    return not any(result.returncode for result in results)


def starlark_files(root: Path) -> Iterator[str]:
    """Yield the workspace's BUILD, MODULE and .bzl files."""
    for folder, subfolders, files in os.walk(root):
        subfolders[:] = [name for name in subfolders if name not in (".git", ".venv")]
        yield from (
            str(Path(folder) / name) for name in files if name in _STARLARK or name.endswith(".bzl")
        )


def format_starlark(root: Path, check: bool) -> bool:
    """Run buildifier if it is installed; return whether it found no problem."""
    buildifier = shutil.which("buildifier")
    if not buildifier:
        print(_BUILDIFIER_HELP, file=sys.stderr)
        return True
    mode = ["-mode=diff"] if check else ["-mode=fix"]
    return run_all([[buildifier, *mode, "-lint=off"]], list(starlark_files(root)), root)


def main() -> None:
    """Format the workspace, or check that it is formatted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="change nothing, and fail if a file would change"
    )
    check = parser.parse_args().check
    root = Path(os.environ["BUILD_WORKSPACE_DIRECTORY"])
    python_ok = run_all(ruff_commands(check), ["."], root)
    if not (format_starlark(root, check) and python_ok):
        sys.exit("The workspace must be formatted and free of lint. Run: bazel run //:format")


if __name__ == "__main__":
    main()
