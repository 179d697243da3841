"""Tests of the version tool."""

import re
from datetime import date

import pytest
from packaging.version import Version

from kfp_component_lib.verification.errors import DeliveryError
from release.bump_main import check_tag, edit, records
from release.private.bumping import next_version, with_release
from release.private.versions import moving_tags, parse_version

TODAY = date(2026, 1, 2)
MODULE = """module(
    name = "x",
    version = "0.1.0",
)

bazel_dep(name = "y", version = "0.1.0")
"""
CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A thing.\n\n## [0.1.0] - 2025-01-01\n"


@pytest.mark.parametrize(
    ("current", "wanted", "expected"),
    [
        ("0.1.0", "patch", "0.1.1"),
        ("0.1.2", "minor", "0.2.0"),
        ("0.1.2", "major", "1.0.0"),
        ("0.1.0", "0.2.0rc1", "0.2.0rc1"),
        ("0.2.0rc1", "patch", "0.2.0"),
        ("0.2.0rc1", "minor", "0.2.0"),
        ("0.2.0rc1", "major", "1.0.0"),
        ("0.2.1rc1", "minor", "0.3.0"),
        ("1.0.0.dev3", "major", "1.0.0"),
    ],
)
def test_next_version(current, wanted, expected):
    """A part is raised; a pre-release is followed by the release that it prepared."""
    assert str(next_version(Version(current), wanted)) == expected


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("0.2.0+local", "a tag has no '+'"),
        ("1!0.2.0", "a tag has no '+', no '!'"),
        ("two", "must follow PEP 440"),
        ("0.2.0-rc.1", "Write '0.2.0rc1'"),
        ("v0.2.0", "Write '0.2.0'"),
        ("0.1.0", "must be newer than 0.1.0"),
        ("0.1.0rc9", "must be newer than 0.1.0"),
        ("0." + "1" * 200, "must be an OCI tag ([a-zA-Z0-9_]"),
    ],
)
def test_versions_that_are_refused(wanted, message):
    """A version that cannot be a wheel's version and a tag, or is not newer, is refused."""
    with pytest.raises(DeliveryError, match=re.escape(message)):
        next_version(Version("0.1.0"), wanted)


@pytest.mark.parametrize("version", ["0.1.0", "1.2.3rc1", "1.2.3.dev4", "1.2.3.post1"])
def test_versions_that_are_accepted(version):
    """Canonical versions without a local part are both a wheel's version and a tag."""
    assert str(parse_version(version)) == version


def test_moving_tags():
    """Releases have the selected moving tags, and pre-releases have none."""
    assert moving_tags(Version("1.2.3"), "MAJOR.MINOR,latest") == ["1.2", "latest"]
    assert moving_tags(Version("1.2.3"), "none") == []
    assert moving_tags(Version("1.2.3rc1"), "MAJOR.MINOR,latest") == []


@pytest.fixture
def workspace(tmp_path):
    """A folder with the two files."""
    (tmp_path / "MODULE.bazel").write_text(MODULE)
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    return tmp_path


def test_both_files_are_edited(workspace):
    """One literal changes, and the unreleased changes get the version and the date."""
    assert edit(workspace, "minor", TODAY) == "0.2.0"
    changed = MODULE.replace('version = "0.1.0",\n)', 'version = "0.2.0",\n)')
    assert (workspace / "MODULE.bazel").read_text() == changed
    assert (workspace / "CHANGELOG.md").read_text() == CHANGELOG.replace(
        "## [Unreleased]\n", "## [Unreleased]\n\n## [0.2.0] - 2026-01-02\n"
    )


def test_a_pre_release_leaves_the_changelog(workspace):
    """The changes of a candidate stay unreleased until the release."""
    edit(workspace, "0.2.0rc1", TODAY)
    assert (workspace / "CHANGELOG.md").read_text() == CHANGELOG


@pytest.mark.parametrize(
    ("label", "by_release", "by_candidate"),
    [
        ("//docs/components:update", True, True),
        ("//pipelines:batch_scoring.update", True, True),
        ("//pipelines:batch_scoring_test.update", False, False),
        ("//pipelines:batch_scoring_interface_test.update", True, False),
        ("//docs/components:interface_test.update", True, False),
    ],
)
def test_a_pre_release_leaves_the_released_interfaces(label, by_release, by_candidate):
    """A candidate leaves the recorded interfaces, so the release is compared with the same."""
    assert bool(re.search(records(Version("0.2.0")), label)) == by_release
    assert bool(re.search(records(Version("0.2.0rc1")), label)) == by_candidate


@pytest.mark.parametrize("notes", ["", "# Changelog\n\n## [Unreleased]\n\n## [0.1.0] - x\n"])
def test_a_release_without_notes_is_refused(workspace, notes):
    """With nothing under [Unreleased], neither file changes."""
    (workspace / "CHANGELOG.md").write_text(notes)
    with pytest.raises(DeliveryError, match=r"CHANGELOG.md must list the changes under"):
        edit(workspace, "patch", TODAY)
    assert (workspace / "MODULE.bazel").read_text() == MODULE


def test_links_at_the_end_stay_at_the_end():
    """Link definitions after the last section do not count as notes."""
    text = "## [Unreleased]\n\n- A thing.\n\n[Unreleased]: https://example.org\n"
    released = with_release(text, Version("0.2.0"), TODAY)
    assert released.endswith("- A thing.\n\n[Unreleased]: https://example.org\n")


def test_a_tag_is_v_and_the_version(workspace):
    """The tag must match MODULE.bazel, or the release stops."""
    check_tag(workspace, "v0.1.0")
    with pytest.raises(DeliveryError, match=r"tag must be v0\.1\.0, .*, got 'v0\.2\.0'"):
        check_tag(workspace, "v0.2.0")
