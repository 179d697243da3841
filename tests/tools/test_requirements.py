"""Tests that requirements_lock.txt answers requirements.in, as far as that needs no index."""

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

UPDATE = "Run: bazel run //:requirements.update"


def lines(path):
    """Return the lines that say something, continuation lines joined."""
    text = Path(path).read_text(encoding="utf-8").replace("\\\n", " ")
    stripped = [re.sub(r"(^|\s)#.*", "", line).strip() for line in text.splitlines()]
    return [line for line in stripped if line]


def required(path):
    """Yield what a requirements file asks for, and what the files it names do."""
    for line in lines(path):
        if line.startswith("-r "):
            yield from required(line.removeprefix("-r "))
        else:
            yield Requirement(line)


LOCKED = {canonicalize_name(line.split("==")[0]): line for line in lines("requirements_lock.txt")}


@pytest.mark.parametrize("wanted", list(required("requirements.in")), ids=str)
def test_lock_satisfies_what_is_required(wanted):
    """Each requirement is locked, by a version that it allows."""
    line = LOCKED.get(canonicalize_name(wanted.name))
    assert line, f"requirements_lock.txt must lock {wanted.name}, got nothing. {UPDATE}"
    version = re.search(r"==([^\s;]+)", line)[1]
    assert wanted.specifier.contains(version, prereleases=True), f"{wanted} got {version}. {UPDATE}"


def test_every_locked_version_has_hashes():
    """Nothing is installed whose content the lock does not fix."""
    assert [line for line in LOCKED.values() if "--hash=sha256:" not in line] == []
