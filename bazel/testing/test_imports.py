"""The test of dependencies_test."""

import os
from pathlib import Path

from imports import Graph

_GRAPH = Graph(Path(os.environ["GRAPH"]).read_text(encoding="utf-8"), os.environ["HUB"])


def test_modules_are_read():
    """The graph contains libraries, so the test below cannot pass without checking anything."""
    assert any(library.sources for library in _GRAPH.libraries.values())


def test_what_is_imported_is_brought_by_a_dependency():
    """Each missing import gives a line that names the label to add and the target to add it to."""
    missing = _GRAPH.missing()
    assert not missing, "\n" + "\n".join(missing)
