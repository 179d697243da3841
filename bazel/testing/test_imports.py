"""The test of dependencies_test."""

import os
from pathlib import Path

from imports import Graph

_GRAPH = Graph(Path(os.environ["GRAPH"]).read_text(encoding="utf-8"), os.environ["HUB"])


def test_modules_are_read():
    """The test below is about something."""
    assert any(library.sources for library in _GRAPH.libraries.values())


def test_what_is_imported_is_brought_by_a_dependency():
    """Each missing import is a line, which says what to add to which deps."""
    missing = _GRAPH.missing()
    assert not missing, "\n" + "\n".join(missing)
