"""The versions that are allowed, and the tags that they move.

A version must be both a canonical PEP 440 version for the wheel and an OCI tag for the image.

Source:
    PEP 440; OCI distribution specification 1.1, "Pulling manifests": the grammar of a tag.
"""

import re

from packaging.version import InvalidVersion, Version

from kfp_component_lib.verification.errors import DeliveryError

_TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")


def parse_version(text: str) -> Version:
    """Return the version.

    Raises:
        DeliveryError: If it cannot be both the version of a wheel and the tag of an image.
    """
    try:
        version = Version(text)
    except InvalidVersion:
        raise DeliveryError(
            f"version must follow PEP 440, got {text!r}. Write X.Y.Z or X.Y.ZrcN."
        ) from None
    if str(version) != text and not (version.local or version.epoch):
        raise DeliveryError(
            f"version must be in canonical form, got {text!r}. Write {str(version)!r}."
        )
    if not _TAG.fullmatch(text):
        raise DeliveryError(
            f"version must be an OCI tag ({_TAG.pattern}), got {text!r}: a tag has no '+', no '!' "
            "and at most 128 characters. Leave out the local part or the epoch."
        )
    return version


MINOR, LATEST, NONE = "MAJOR.MINOR", "latest", "none"


def moving_tags(version: Version, wanted: str) -> list[str]:
    """Return the tags that follow the newest release; a pre-release moves none of them.

    Args:
        version: The version to release.
        wanted: Names of tags, separated by commas. MAJOR.MINOR stands for these parts of the
            version; `none` alone means no tags.

    Raises:
        DeliveryError: If a name is not a tag, or is the version itself.
    """
    names = [name for name in wanted.split(",") if name]
    tags = [f"{version.major}.{version.minor}" if name == MINOR else name for name in names]
    for tag in tags:
        if not _TAG.fullmatch(tag) or tag == str(version) or (tag == NONE and len(tags) > 1):
            raise DeliveryError(
                f"--moving-tags must be {NONE}, or tags such as {MINOR},{LATEST}, got {wanted!r}."
            )
    return [] if version.is_prerelease or tags == [NONE] else tags
