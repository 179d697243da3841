"""Tests of kfp_component_lib/verification/pythons.py."""

import os
import sys

import pytest

from kfp_component_lib.verification.pythons import find_python

SHIM = "#!/bin/sh\necho 'the command exists in another version' >&2\nexit 127\n"


def saying(release):
    """Return a program that says that it is a release of Python."""
    return f"#!/bin/sh\necho {release}\n"


@pytest.fixture
def search_path(tmp_path):
    """Return a function that puts programs called python3.99 on a search path, a folder each."""

    def make(*programs):
        folders = []
        for number, program in enumerate(programs):
            folder = tmp_path / str(number)
            folder.mkdir()
            file = folder / "python3.99"
            file.write_text(program, encoding="utf-8")
            file.chmod(0o755)
            folders.append(str(folder))
        return os.pathsep.join(folders)

    return make


@pytest.mark.parametrize("release", [None, "3.99.1"])
def test_a_program_that_does_not_run_is_skipped(search_path, release):
    """A version manager's shim may come first on PATH."""
    path = search_path(SHIM, saying("3.99.1"))
    assert find_python("3.99", release, path).endswith("/1/python3.99")


def test_a_program_that_is_another_version_is_skipped(search_path):
    """A link may be called as a Python that it is not."""
    path = search_path(saying("3.98.1"), saying("3.99.1"))
    assert find_python("3.99", None, path).endswith("/1/python3.99")


def test_the_preferred_release_is_found_behind_others(search_path):
    """Each release compiles a little differently."""
    path = search_path(saying("3.99.1"), saying("3.99.2"))
    assert find_python("3.99", "3.99.2", path).endswith("/1/python3.99")
    assert find_python("3.99", "3.99.3", path).endswith("/0/python3.99")


def test_none_is_found_where_none_runs(search_path):
    """A broken shim alone is as good as nothing."""
    assert find_python("3.99", None, search_path(SHIM)) is None


def test_the_running_python_needs_no_search():
    """PATH may be empty."""
    assert find_python("{}.{}".format(*sys.version_info), None, "") == sys.executable
