"""Tests that requirements_lock.txt satisfies requirements.in, as far as that needs no index."""

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

UPDATE = "Run: bazel run //:requirements.update"


def lines(path):
    """Return the lines that are not empty or comments, with continuation lines joined."""
    text = Path(path).read_text(encoding="utf-8").replace("\\\n", " ")
    stripped = [re.sub(r"(^|\s)#.*", "", line).strip() for line in text.splitlines()]
    return [line for line in stripped if line]


def required(path):
    """Yield the requirements in a file and in the files that it includes."""
    for line in lines(path):
        if line.startswith("-r "):
            yield from required(line.removeprefix("-r "))
        else:
            yield Requirement(line)


LOCKED = {canonicalize_name(line.split("==")[0]): line for line in lines("requirements_lock.txt")}


@pytest.mark.parametrize("wanted", list(required("requirements.in")), ids=str)
def test_lock_satisfies_what_is_required(wanted):
    """Each requirement is locked to a version that it allows."""
    line = LOCKED.get(canonicalize_name(wanted.name))
    assert line, f"requirements_lock.txt must lock {wanted.name}, got nothing. {UPDATE}"
    version = re.search(r"==([^\s;]+)", line)[1]
    assert wanted.specifier.contains(version, prereleases=True), f"{wanted} got {version}. {UPDATE}"


def test_every_locked_version_has_hashes():
    """Every distribution is locked by its content."""
    assert [line for line in LOCKED.values() if "--hash=sha256:" not in line] == []
