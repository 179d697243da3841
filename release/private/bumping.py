"""The next version, and the edits that it requires in MODULE.bazel and CHANGELOG.md.

Source:
    Semantic Versioning 2.0.0; "Keep a Changelog" 1.1.0.
"""

import re
from datetime import date

from packaging.version import Version

from kfp_component_lib.verification.errors import DeliveryError
from release.private.versions import parse_version

PARTS = ("major", "minor", "patch")
_LITERAL = re.compile(r'^(module\(.*?^\s*version = ")([^"]*)(")', re.MULTILINE | re.DOTALL)
_UNRELEASED = re.compile(r"^## \[Unreleased\]\n(.*?)(?=^## \[|^\[|\Z)", re.MULTILINE | re.DOTALL)


def next_version(current: Version, wanted: str) -> Version:
    """Return the version that `wanted` names.

    The name of a part raises that part. For a pre-release it returns the release that was prepared,
    if that release raises this part: patch turns 0.2.0rc1 into 0.2.0, and so does minor.

    Args:
        current: The current version.
        wanted: "major", "minor", "patch" or a version.

    Raises:
        DeliveryError: If it is not a version, cannot be a tag, or is not newer.
    """
    if wanted not in PARTS:
        version = parse_version(wanted)
        if version <= current:
            raise DeliveryError(f"version must be newer than {current}, got {wanted}.")
        return version
    place = PARTS.index(wanted)
    numbers = [current.major, current.minor, current.micro]
    prepared = current.is_prerelease and not any(numbers[place + 1 :])
    if not prepared:
        numbers = [*numbers[:place], numbers[place] + 1, *[0] * (2 - place)]
    return Version(".".join(map(str, numbers)))


def read_version(module: str) -> Version:
    """Return the version that the text of a MODULE.bazel states.

    Raises:
        DeliveryError: If it states none, or an invalid one.
    """
    found = _LITERAL.search(module)
    if not found:
        raise DeliveryError('MODULE.bazel must have module(version = "…"), but has none.')
    return parse_version(found[2])


def with_version(module: str, version: Version) -> str:
    """Return the text of a MODULE.bazel with another version."""
    return _LITERAL.sub(rf"\g<1>{version}\g<3>", module, count=1)


def with_release(changelog: str, version: Version, today: date) -> str:
    """Return the changelog with the unreleased changes moved under the version and its date.

    A pre-release does not move them, because its changes belong to the release that it prepares.

    Raises:
        DeliveryError: If there are no changes under [Unreleased].
    """
    if version.is_prerelease:
        return changelog
    found = _UNRELEASED.search(changelog)
    if not found or not found[1].strip():
        raise DeliveryError(
            "CHANGELOG.md must list the changes under '## [Unreleased]', got nothing. Add them."
        )
    heading = f"## [Unreleased]\n\n## [{version}] - {today.isoformat()}\n"
    return changelog[: found.start()] + heading + found[1] + changelog[found.end() :]
