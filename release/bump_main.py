"""`bazel run //release:bump -- minor|patch|major|X.Y.ZrcN`: prepares the next version.

Edits the version literal in MODULE.bazel and CHANGELOG.md, then has Bazel rewrite the records of
every component and pipeline. It commits nothing.
"""

import argparse
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

from packaging.version import Version

from kfp_component_lib.verification.errors import DeliveryError
from release.private.bumping import next_version, read_version, with_release, with_version

# Bazel sets these for a program that it runs; programs that this one runs must not inherit them.
_OF_THIS_RUN = ("BUILD_", "RUNFILES", "JAVA_RUNFILES", "PYTHON")
# NAME_test.update is another name for NAME.update.
_WRITTEN = r"(?<!_test)[.:]update$"
_RELEASED = r"interface_test\.update$"
_PLACES = "//pipelines/... + //kfp_component_lib/... + //docs/..."


def edit(workspace: Path, wanted: str, today: date) -> str:
    """Change both files or neither, and return the new version.

    Raises:
        DeliveryError: If the version or the changelog does not allow the release.
    """
    module, changelog = workspace / "MODULE.bazel", workspace / "CHANGELOG.md"
    text, notes = module.read_text(encoding="utf-8"), changelog.read_text(encoding="utf-8")
    version = next_version(read_version(text), wanted)
    notes = with_release(notes, version, today)
    changelog.write_text(notes, encoding="utf-8")
    module.write_text(with_version(text, version), encoding="utf-8")
    return str(version)


def check_tag(workspace: Path, tag: str) -> None:
    """Check that a Git tag matches the version.

    Raises:
        DeliveryError: If it does not match.
    """
    version = read_version((workspace / "MODULE.bazel").read_text(encoding="utf-8"))
    if tag != f"v{version}":
        raise DeliveryError(
            f"tag must be v{version}, the version in MODULE.bazel, got {tag!r}. Tag the commit "
            "that bazel run //release:bump prepared."
        )


def records(version: Version) -> str:
    """Return a regular expression for the labels of the targets that record a version.

    A pre-release is compared with the interfaces of the last release, like the release it prepares.
    """
    return _WRITTEN if version.is_prerelease else f"{_WRITTEN}|{_RELEASED}"


def update_records(workspace: Path, version: str) -> None:
    """Run every `.update` target of pipelines and components, so that they record the new version.

    Raises:
        DeliveryError: If one of them fails.
    """
    bazel = shutil.which("bazel") or str(workspace / "bazelw")
    environ = {k: v for k, v in os.environ.items() if not k.startswith(_OF_THIS_RUN)}
    query = f'filter("{records(Version(version))}", {_PLACES})'
    found = _bazel([bazel, "query", "--noshow_progress", query], workspace, environ)
    for target in sorted(found.split()):
        _bazel([bazel, "run", "--noshow_progress", target], workspace, environ)


def _bazel(command: list[str], workspace: Path, environ: dict[str, str]) -> str:
    done = subprocess.run(
        command, cwd=workspace, env=environ, stdout=subprocess.PIPE, check=False, text=True
    )
    if done.returncode:
        raise DeliveryError(
            f"{' '.join(command[1:])} must succeed, got status {done.returncode}. The version is "
            "raised. Fix the error and run it again, or undo it: "
            "git checkout MODULE.bazel CHANGELOG.md"
        )
    return done.stdout


def main() -> int:
    """Run the command, and return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    wanted = parser.add_mutually_exclusive_group(required=True)
    wanted.add_argument(
        "version", nargs="?", help="major, minor, patch, or a version such as 0.2.0rc1"
    )
    wanted.add_argument(
        "--check", metavar="TAG", help="check that the tag is v followed by the version"
    )
    parser.add_argument("--skip-records", action="store_true", help="only edit the two files")
    args = parser.parse_args()
    workspace = Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY", "."))
    try:
        if args.check:
            check_tag(workspace, args.check)
            return 0
        version = edit(workspace, args.version, date.today())
        if not args.skip_records:
            update_records(workspace, version)
    except DeliveryError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 1
    print(f"version {version}: review with git diff, then commit and tag it v{version}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
