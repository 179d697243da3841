"""Tests of how tools.venv chooses its interpreter; .ci/run makes a whole venv."""

import sys

import pytest

from tools.venv import host_python, interpreter


def test_a_launcher_names_the_interpreter_of_the_machine(monkeypatch):
    """HOST_PYTHON wins over PATH."""
    monkeypatch.setenv("HOST_PYTHON", "/opt/python3.13")
    assert host_python() == "/opt/python3.13"


def test_a_machine_without_python_gets_a_hint(monkeypatch, capsys):
    """In a toolbox without an interpreter outside of it, the venv says where it works."""
    monkeypatch.setenv("HOST_PYTHON", "")
    assert host_python() == "3.13"
    assert "pass --python" in capsys.readouterr().err


def test_uv_chooses_where_path_has_none(monkeypatch):
    """Without python3.13 on PATH the version is left for uv to find or fetch."""
    monkeypatch.delenv("HOST_PYTHON", raising=False)
    monkeypatch.setenv("PATH", "")
    assert host_python() == "3.13"


def test_interpreter_is_what_the_name_starts():
    """A working interpreter is resolved by asking it."""
    assert interpreter(sys.executable) == sys.executable


def test_another_version_is_refused(tmp_path):
    """What does not start Python 3.13 is named, with what it said."""
    impostor = tmp_path / "python3.13"
    impostor.write_text("#!/bin/sh\necho no python here >&2\nexit 3\n")
    impostor.chmod(0o755)
    with pytest.raises(SystemExit, match=r"--python must start Python 3.13, got .*no python here"):
        interpreter(str(impostor))
