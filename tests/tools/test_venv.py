"""Tests of how tools.venv chooses its Python; .ci/run makes a whole venv."""

import os
import sys

import pytest

from tools.venv import choose_python, link


@pytest.fixture
def program(tmp_path):
    """Return a function that writes a program and returns its path."""

    def write(text):
        path = tmp_path / "python3.13"
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return str(path)

    return write


def test_python_on_path_is_resolved(program):
    """A shim on PATH is resolved to the executable that it starts."""
    shim = program(f'exec {sys.executable} "$@"')
    assert choose_python(None, {"PATH": os.path.dirname(shim)}) == sys.executable


def test_the_launcher_names_the_machines_own(program):
    """HOST_PYTHON takes precedence over PATH, even if the toolbox hides it."""
    environ = {"HOST_PYTHON": "/usr/local/hidden/python3.13", "PATH": "/usr/bin"}
    assert choose_python(None, environ) == "/usr/local/hidden/python3.13"


@pytest.mark.parametrize("shim", ["echo /usr/bin/python3.13", "echo nothing here >&2; exit 127"])
def test_without_one_the_venv_says_where_it_runs(program, capsys, shim):
    """A shim that starts the toolbox's Python, or none, is not the machine's Python."""
    assert choose_python(None, {"HOST_PYTHON": program(shim)}) == "3.13"
    assert "pass --python" in capsys.readouterr().err


def test_uv_chooses_where_path_has_none(capsys):
    """Outside a toolbox uv finds or downloads a Python, and there is no warning."""
    assert choose_python(None, {"PATH": ""}) == "3.13"
    assert capsys.readouterr().err == ""


def test_another_version_is_refused(program):
    """A Python that is passed explicitly must have the right version."""
    with pytest.raises(SystemExit, match=r"--python must be a Python 3.13, got '.*python3.13'"):
        choose_python(program("exit 1"), {})


def test_hidden_python_is_linked(tmp_path):
    """The link and the configuration of the venv name the machine's Python."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").symlink_to("/usr/bin/python3.13")
    (tmp_path / "pyvenv.cfg").write_text("home = /usr/bin\nversion_info = 3.13.5\n")
    link(tmp_path, tmp_path / "host/python3.13")
    assert (tmp_path / "bin/python").readlink() == tmp_path / "host/python3.13"
    config = (tmp_path / "pyvenv.cfg").read_text()
    assert config == f"home = {tmp_path}/host\nversion_info = 3.13.5\n"
