"""The test that the GitHub workflows are valid and safe: by their schema and by zizmor's audits.

actionlint is not used, because its package on PyPI downloads a program when it is installed, which
no hash in the lock covers. So nothing checks the types inside `${{ }}` and the shell code in `run`.
"""

import subprocess
import sys
from pathlib import Path

from check_jsonschema import main as check_jsonschema

from tools.locked import locked_executable

_WORKFLOWS = Path(".github/workflows")


def schema_errors(files: list[str]) -> int:
    """Validate the files against the schema that is part of check-jsonschema."""
    arguments = ["--builtin-schema", "vendor.github-workflows", *files]
    return int(check_jsonschema(arguments, standalone_mode=False) or 0)


def audit(files: list[str]) -> int:
    """Report the findings of zizmor's offline audits, and actions that are not pinned by commit."""
    command = [str(locked_executable("zizmor")), "--offline", "--no-progress", "--pedantic", *files]
    return subprocess.run(command, check=False).returncode


def main() -> None:
    """Check every workflow."""
    files = sorted(str(path) for path in _WORKFLOWS.glob("*.yml"))
    if not files:
        sys.exit(
            f"{_WORKFLOWS} must contain workflows, got nothing. Add //:workflows to the test's data."
        )
    errors = schema_errors(files)
    sys.exit(audit(files) or errors)


if __name__ == "__main__":
    main()
