"""The test that the Python files beside it are formatted and free of lint."""

import argparse
import os
import sys
from pathlib import Path

from tools.format import ruff_commands, run_all


def python_files(root: Path) -> list[str]:
    """Return the Python files below a folder, symbolic links too: so Bazel lays sources out.

    Bazel may put other repositories into the folder `external`; they are none of ours.
    """
    found = (Path(folder, name) for folder, _, files in os.walk(root) for name in files)
    relative = sorted(path.relative_to(root) for path in found if path.suffix == ".py")
    return [str(path) for path in relative if path.parts[0] != "external"]


def main() -> None:
    """Check what this test was given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=Path.cwd())
    root = parser.parse_args().root
    files = python_files(root)
    if not files:
        sys.exit(f"{root} must hold Python files, got none. Add //:sources to the test's data.")
    if not run_all(ruff_commands(check=True), files, root):
        sys.exit("The workspace must be formatted and free of lint. Run: bazel run //:format")
    print(f"{len(files)} Python files are formatted and free of lint")


if __name__ == "__main__":
    main()
