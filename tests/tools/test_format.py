"""Tests of tools.format."""

import pytest

from tools.format import ruff_commands, run_all

FORMATTED = '"""A module."""\n\nx = 1\n'
CASES = {
    "formatted": (FORMATTED, True),
    "unformatted": ('"""A module."""\n\nx=1\n', False),
    "unused import": ('"""A module."""\n\nimport os\n', False),
    "syntax error": ("def\n", False),
}


@pytest.mark.parametrize(("text", "ok"), CASES.values(), ids=CASES)
def test_check_tells_clean_files_from_others(tmp_path, text, ok):
    """A single badly formatted file fails the check."""
    (tmp_path / "clean.py").write_text(FORMATTED)
    (tmp_path / "module.py").write_text(text)
    assert run_all(ruff_commands(check=True), ["clean.py", "module.py"], tmp_path) is ok


def test_mending_makes_the_check_pass(tmp_path):
    """`format.check` accepts what `format` has fixed."""
    (tmp_path / "module.py").write_text('"""A module."""\nimport os\nx=1\n')
    assert run_all(ruff_commands(check=False), ["module.py"], tmp_path)
    assert run_all(ruff_commands(check=True), ["module.py"], tmp_path)


def test_symbolic_links_are_sources_too(tmp_path):
    """Bazel passes symbolic links to a test, which must not be skipped."""
    (tmp_path / "origin").write_text("x=1\n")
    (tmp_path / "module.py").symlink_to(tmp_path / "origin")
    assert not run_all(ruff_commands(check=True), ["module.py"], tmp_path)
