"""Writes what was built into the source tree. Usage: update_main.py BUILT SOURCE"""

import os
import sys
from pathlib import Path


def main(built: str, source: str) -> None:
    """Copy the built file to its place in the workspace."""
    workspace = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
    if not workspace:
        sys.exit("BUILD_WORKSPACE_DIRECTORY must be set. Start this by: bazel run")
    target = Path(workspace, source)
    target.write_bytes(Path(built).read_bytes())
    print(f"wrote {target}")


if __name__ == "__main__":
    main(*sys.argv[1:])
