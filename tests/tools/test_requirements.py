"""Tests of the lock and of what its update reports, as far as that needs no index."""

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools import requirements

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


OLD = """\
gone==1.0 \\
    --hash=sha256:aa
moved==1.9 \\
    --hash=sha256:bb \\
    --hash=sha256:cc
    # via gone
same==2.0 ; python_full_version >= '3.12' \\
    --hash=sha256:dd
split==1.0 ; sys_platform == 'linux' \\
    --hash=sha256:ee
split==2.0 ; sys_platform != 'linux' \\
    --hash=sha256:ff
"""
NEW = """\
moved==1.10 \\
    --hash=sha256:b1
new==0.1 \\
    --hash=sha256:a2
same==2.0 \\
    --hash=sha256:dd
split==1.0 ; sys_platform == 'linux' \\
    --hash=sha256:ee
split==3.0 ; sys_platform != 'linux' \\
    --hash=sha256:f3
"""


@pytest.mark.parametrize(
    ("new", "reported"),
    [
        (
            NEW,
            "\n  gone 1.0 removed\n  moved 1.9 -> 1.10\n  new 0.1 added"
            "\n  split 1.0 and 2.0 -> 1.0 and 3.0",
        ),
        (OLD, " unchanged"),
        (OLD.replace("aa", "ab"), " the versions are unchanged, but hashes or origins differ"),
    ],
    ids=["versions", "nothing", "hashes"],
)
def test_update_reports_what_it_has_changed(new, reported, tmp_path, monkeypatch):
    """Each package with another version has a line; the lock is replaced."""
    lock = tmp_path / "requirements_lock.txt"
    lock.write_text(OLD)
    monkeypatch.setattr(
        requirements, "compile_lock", lambda folder, out, upgrade: out.write_text(new)
    )
    assert requirements.update(tmp_path, upgrade=False) == reported
    assert lock.read_text() == new
    assert list(tmp_path.iterdir()) == [lock]
