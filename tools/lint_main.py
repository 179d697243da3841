"""The test that the given Python files are formatted and free of lint."""

import sys
from pathlib import Path

from tools.format import ruff_commands, run_all


def main(files: list[str]) -> None:
    """Check only the given files: Bazel's rules may have generated others beside them."""
    if not files:
        sys.exit(
            "lint_main.py must be given files, got nothing. Add $(rootpaths //:sources) to args."
        )
    if not run_all(ruff_commands(check=True), files, Path.cwd()):
        sys.exit("The workspace must be formatted and free of lint. Run: bazel run //:format")
    print(f"{len(files)} Python files are formatted and free of lint")


if __name__ == "__main__":
    main(sys.argv[1:])
