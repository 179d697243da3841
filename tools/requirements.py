"""Renews requirements_lock.txt from requirements.in, or tells whether it is the answer to it."""

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


def compile_lock(root: Path, out: Path, upgrade: bool) -> None:
    """Write the answer to `root/requirements.in`, keeping the versions that `out` holds.

    Raises:
        subprocess.CalledProcessError: If the requirements have no answer; uv says why.
    """
    command = [str(locked_executable("uv")), *_COMPILE, *(["--upgrade"] if upgrade else [])]
    subprocess.run(
        [*command, f"--output-file={out}", "requirements.in"],
        cwd=root,
        env=uv_environment(pip_options(), os.environ),
        check=True,
    )


def update(root: Path, upgrade: bool) -> None:
    """Renew the lock; one that could not be renewed stays as it is."""
    with tempfile.TemporaryDirectory(dir=root, prefix=".lock-") as folder:
        new = Path(shutil.copy(root / _LOCK, folder))
        compile_lock(root, new, upgrade)
        new.replace(root / _LOCK)


def check(root: Path) -> None:
    """Fail if the lock is not what `update` would write."""
    with tempfile.TemporaryDirectory() as folder:
        new = Path(shutil.copyfile(root / _LOCK, Path(folder) / _LOCK))
        compile_lock(root, new, upgrade=False)
        old_lines, new_lines = ((d / _LOCK).read_text("utf-8") for d in (root, Path(folder)))
    diff = list(difflib.unified_diff(old_lines.splitlines(), new_lines.splitlines(), lineterm=""))
    if diff:
        print(*diff, sep="\n")
        sys.exit(f"{_LOCK} must be the answer to requirements.in, got the above. Run: {_UPDATE}")


def main() -> None:
    """Renew the lock, or check it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail on a difference")
    parser.add_argument("--upgrade", action="store_true", help="ask for the newest versions")
    args = parser.parse_args()
    root = Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY", "."))
    try:
        check(root) if args.check else update(root, args.upgrade)
    except subprocess.CalledProcessError as error:
        sys.exit(f"requirements.in must have an answer, got exit status {error.returncode} of uv.")


if __name__ == "__main__":
    main()
