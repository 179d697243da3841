"""Updates each requirements_lock.txt from the requirements.in beside it, or checks it.

An update lists the packages whose versions it has changed.
"""

import argparse
import difflib
import os
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from packaging.requirements import Requirement

# pip's reader of requirements files, which has no public name.
from pip._internal.network.session import PipSession
from pip._internal.req.req_file import parse_requirements

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


def locked_versions(lock: Path) -> dict[str, str]:
    """Return the version of each package in a lock; several, for different platforms, in order."""
    versions = defaultdict(list)
    for line in parse_requirements(str(lock), session=PipSession()):
        requirement = Requirement(line.requirement)
        versions[requirement.name].append(str(requirement.specifier).removeprefix("=="))
    return {name: " and ".join(each) for name, each in versions.items()}


def describe_changes(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """Return a line for each package that differs between two locks."""
    lines = []
    for name in sorted({*old, *new}):
        if name not in old:
            lines.append(f"{name} {new[name]} added")
        elif name not in new:
            lines.append(f"{name} {old[name]} removed")
        elif old[name] != new[name]:
            lines.append(f"{name} {old[name]} -> {new[name]}")
    return lines


def update(folder: Path, upgrade: bool) -> str:
    """Update the lock of a folder, and return what has changed.

    A lock that cannot be updated is left unchanged.
    """
    lock = folder / _LOCK
    with tempfile.TemporaryDirectory(dir=folder, prefix=".lock-") as scratch:
        new = Path(shutil.copy(lock, scratch))
        compile_lock(folder, new, upgrade)
        changes = describe_changes(locked_versions(lock), locked_versions(new))
        same = new.read_bytes() == lock.read_bytes()
        new.replace(lock)
    if changes:
        return "".join(f"\n  {line}" for line in changes)
    return " unchanged" if same else " the versions are unchanged, but hashes or origins differ"


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
    parser.add_argument(
        "--folder",
        action="append",
        default=[],
        metavar="DIR",
        help="a further folder with requirements of its own; may be repeated",
    )
    args = parser.parse_args()
    root = Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY", "."))
    for folder in (root, *(root / name for name in args.folder)):
        try:
            if args.check:
                check(folder)
            else:
                print(f"{(folder / _LOCK).relative_to(root)}:{update(folder, args.upgrade)}")
        except subprocess.CalledProcessError as error:
            sys.exit(
                f"{folder / 'requirements.in'} must be resolvable, got exit status "
                f"{error.returncode} of uv."
            )


if __name__ == "__main__":
    main()
