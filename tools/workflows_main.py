"""The test that what GitHub and Renovate read is valid, by its schema, and that workflows are safe.

actionlint is not used, because its package on PyPI downloads a program when it is installed, which
no hash in the lock covers. So nothing checks the types inside `${{ }}` and the shell code in `run`.
"""

import subprocess
import sys
from pathlib import Path

from check_jsonschema import main as check_jsonschema

from tools.locked import locked_executable

_WORKFLOWS = "vendor.github-workflows"
# The files that each schema applies to; the schemas are part of check-jsonschema.
_FILES = {
    _WORKFLOWS: ".github/workflows/*.yml",
    "vendor.github-issue-config": ".github/ISSUE_TEMPLATE/config.yml",
    "vendor.github-issue-forms": ".github/ISSUE_TEMPLATE/[!c]*.yml",
    "vendor.renovate": "renovate.json",
}


def schema_errors(files: list[str], schema: str = _WORKFLOWS) -> int:
    """Validate the files against a schema."""
    arguments = ["--builtin-schema", schema, *files]
    return int(check_jsonschema(arguments, standalone_mode=False) or 0)


def audit(files: list[str]) -> int:
    """Report the findings of zizmor's offline audits, and actions that are not pinned by commit."""
    command = [str(locked_executable("zizmor")), "--offline", "--no-progress", "--pedantic", *files]
    return subprocess.run(command, check=False).returncode


def main() -> None:
    """Check every file."""
    errors = 0
    for schema, pattern in _FILES.items():
        files = sorted(map(str, Path().glob(pattern)))
        if not files:
            sys.exit(f"{pattern} must be in the test's data, got nothing. Add it to //:workflows.")
        errors |= schema_errors(files, schema)
        if schema == _WORKFLOWS:
            errors |= audit(files)
    sys.exit(errors)


if __name__ == "__main__":
    main()
