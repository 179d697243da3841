"""Writes built files into the source tree. Usage: update_main.py [BUILT FILE]…"""

import os
import sys
from pathlib import Path


def main(arguments: list[str]) -> None:
    """Copy each built file to its place in the workspace."""
    workspace = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
    if not workspace:
        sys.exit("BUILD_WORKSPACE_DIRECTORY must be set. Start this with: bazel run")
    for built, file in zip(arguments[::2], arguments[1::2], strict=True):
        target = Path(workspace, file)
        target.write_bytes(Path(built).read_bytes())
        print(f"wrote {target}")


if __name__ == "__main__":
    main(sys.argv[1:])
