"""Updates each requirements_lock.txt from the requirements.in beside it, or checks it."""

import argparse
import difflib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.locked import locked_executable
from tools.package_index import pip_options, uv_environment

_UPDATE = "bazel run //:requirements.update"
_LOCK = "requirements_lock.txt"
# Requirements that not everybody needs have their own lock.
_FOLDERS = ("", "tools/duckdb", "tools/mutation", "tools/site")
_COMPILE = [
    "pip",
    "compile",
    "--quiet",
    "--generate-hashes",
    "--universal",
    "--python-version=3.13",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-header",
    "--no-config",
]


def compile_lock(folder: Path, out: Path, upgrade: bool) -> None:
    """Write the lock for `folder/requirements.in`, keeping the versions that `out` already holds.

    Raises:
        subprocess.CalledProcessError: If the requirements cannot be resolved; uv explains why.
    """
    command = [str(locked_executable("uv")), *_COMPILE, *(["--upgrade"] if upgrade else [])]
    subprocess.run(
        [*command, f"--output-file={out}", "requirements.in"],
        cwd=folder,
        env=uv_environment(pip_options(), os.environ),
        check=True,
    )


def update(folder: Path, upgrade: bool) -> None:
    """Update the lock of a folder; a lock that cannot be updated is left unchanged."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=".lock-") as scratch:
        new = Path(shutil.copy(folder / _LOCK, scratch))
        compile_lock(folder, new, upgrade)
        new.replace(folder / _LOCK)


def check(folder: Path) -> None:
    """Fail if the lock of a folder differs from the one that `update` would write."""
    with tempfile.TemporaryDirectory() as scratch:
        new = Path(shutil.copyfile(folder / _LOCK, Path(scratch) / _LOCK))
        compile_lock(folder, new, upgrade=False)
        old_lines, new_lines = ((d / _LOCK).read_text("utf-8") for d in (folder, Path(scratch)))
    diff = list(difflib.unified_diff(old_lines.splitlines(), new_lines.splitlines(), lineterm=""))
    if diff:
        print(*diff, sep="\n")
        sys.exit(
            f"{folder / _LOCK} must match requirements.in, got the differences above. Run: {_UPDATE}"
        )


def main() -> None:
    """Update the locks, or check them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="change nothing, and fail if a lock would change"
    )
    parser.add_argument("--upgrade", action="store_true", help="upgrade to the newest versions")
    args = parser.parse_args()
    root = Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY", "."))
    for folder in (root / name for name in _FOLDERS):
        try:
            check(folder) if args.check else update(folder, args.upgrade)
        except subprocess.CalledProcessError as error:
            sys.exit(
                f"{folder / 'requirements.in'} must be resolvable, got exit status "
                f"{error.returncode} of uv."
            )


if __name__ == "__main__":
    main()
