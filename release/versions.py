"""Which versions there may be, and what they mean for tags.

A version must be both a canonical PEP 440 version, for the wheel, and an OCI tag, for the image.

Source:
    PEP 440; OCI distribution specification 1.1, "Pulling manifests": the grammar of a tag.
"""

import re

from packaging.version import InvalidVersion, Version

from release.errors import ReleaseError

_TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")


def parse_version(text: str) -> Version:
    """Return the version.

    Raises:
        ReleaseError: If it cannot be both a wheel's version and an image's tag.
    """
    try:
        version = Version(text)
    except InvalidVersion:
        raise ReleaseError(
            f"version must follow PEP 440, got {text!r}. Write X.Y.Z or X.Y.ZrcN."
        ) from None
    if str(version) != text and not (version.local or version.epoch):
        raise ReleaseError(
            f"version must be in canonical form, got {text!r}. Write {str(version)!r}."
        )
    if not _TAG.fullmatch(text):
        raise ReleaseError(
            f"version must be an OCI tag ({_TAG.pattern}), got {text!r}: a tag has no '+', no '!' "
            "and at most 128 characters. Leave the local part or the epoch out."
        )
    return version


def moving_tags(version: Version) -> list[str]:
    """Return the tags that follow the newest release; a pre-release moves none."""
    if version.is_prerelease:
        return []
    return [f"{version.major}.{version.minor}", "latest"]


def moves_forward(current: str | None, version: Version) -> bool:
    """Tell whether a moving tag that shows version `current` may move to `version`."""
    return current is None or Version(current) <= version
