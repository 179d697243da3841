"""Edits of one line."""

from pathlib import Path

import pytest

from benchmarks.edits import add_comment, put_statement

_MODULE = "def f():\n    a = 1\n    return a\n"


@pytest.fixture
def module(tmp_path: Path) -> Path:
    """A module with one function."""
    file = tmp_path / "module.py"
    file.write_text(_MODULE, encoding="utf-8")
    return file


def test_each_edit_replaces_the_last_one(module: Path):
    """The module stays as long as it was, so that the last edit costs as much as the first."""
    for edition in (1, 2):
        put_statement(module, "    return a", edition)
    expected = _MODULE.replace("    return", "    edition = 2\n    return")
    assert module.read_text(encoding="utf-8") == expected


@pytest.mark.parametrize("before", ["    return b", "    "])
def test_the_line_must_be_clear(module: Path, before: str):
    """An edit that changed nothing would measure nothing."""
    with pytest.raises(ValueError, match=r"must have one line that begins with .*, got [02]\. "):
        put_statement(module, before, 1)
    assert module.read_text(encoding="utf-8") == _MODULE


def test_a_comment_is_added(module: Path):
    """A comment is a different one in each edit."""
    add_comment(module, 1)
    add_comment(module, 2)
    assert module.read_text(encoding="utf-8") == f"{_MODULE}# Edition 1.\n# Edition 2.\n"
