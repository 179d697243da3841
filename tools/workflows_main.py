"""The test that the GitHub workflows are valid and safe: their schema, and zizmor's audits.

Not actionlint: its package on PyPI downloads a program when it is installed, which no hash in the
lock covers. So the types inside `${{ }}` and the shell in `run` are checked by nobody.
"""

import subprocess
import sys
from pathlib import Path

from check_jsonschema import main as check_jsonschema

from tools.locked import locked_executable

_WORKFLOWS = Path(".github/workflows")


def schema_errors(files: list[str]) -> int:
    """Validate the files against the schema that check-jsonschema comes with."""
    arguments = ["--builtin-schema", "vendor.github-workflows", *files]
    return int(check_jsonschema(arguments, standalone_mode=False) or 0)


def audit(files: list[str]) -> int:
    """Look for what zizmor finds without asking GitHub, and for actions not pinned by commit."""
    command = [str(locked_executable("zizmor")), "--offline", "--no-progress", "--pedantic", *files]
    return subprocess.run(command, check=False).returncode


def main() -> None:
    """Check every workflow."""
    files = sorted(str(path) for path in _WORKFLOWS.glob("*.yml"))
    if not files:
        sys.exit(
            f"{_WORKFLOWS} must hold workflows, got none. Add //:workflows to the test's data."
        )
    errors = schema_errors(files)
    sys.exit(audit(files) or errors)


if __name__ == "__main__":
    main()
