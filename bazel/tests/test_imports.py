"""dependencies_test: which imports it misses, and what it advises."""

from pathlib import Path

import pytest
from imports import Graph

GRAPH = """\
library	//app:app	//app:other pip_orjson//:pkg pip_kfp//:pkg
module	app/main.py	{main}
library	//app:other
module	app/other.py	{empty}
library	//app:other_again
module	app/other.py	{empty}
library	//app:far	pip_pyyaml//:pkg
module	app/far.py	{empty}
library	pip_kfp//:pkg
installed	kfp/__init__.py
library	pip_orjson//:pkg
installed	orjson/__init__.py
installed	orjson/orjson.cpython-313-x86_64-linux-gnu.so
library	pip_pyyaml//:pkg
installed	yaml/__init__.py
installed	PyYAML-6.0.3.dist-info/METADATA
component	work	//app:far
"""


@pytest.fixture
def missing(tmp_path: Path):
    """Return what is missing in a module of //app:app, with its file as `F`."""

    def _missing(source: str) -> list[str]:
        main, empty = tmp_path / "main.py", tmp_path / "empty.py"
        main.write_text(source, encoding="utf-8")
        empty.write_text("", encoding="utf-8")
        found = Graph(GRAPH.format(main=main, empty=empty), "@pip").missing()
        return [message.replace(str(main), "F") for message in found]

    return _missing


@pytest.mark.parametrize(
    "source",
    [
        "import os.path, json",
        "import orjson",
        "from orjson import orjson, dumps",
        "import app.other",
        "from app import other",
        "from app.other import anything",
        "from app import main",
        "from app.main import anything",
        "def work():\n    import orjson",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import yaml",
        "try:\n    import yaml\nexcept ImportError:\n    yaml = None",
        "import kfp\ndef work():\n    import yaml, app.far, kfp.dsl",
    ],
)
def test_what_is_brought_is_not_missed(missing, source):
    """By the library itself, its dependencies or Python; for a component by its own library."""
    assert missing(source) == []


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "import numpy.linalg",
            'numpy is imported by F, line 1, add "@pip//numpy" to the deps of //app.',
        ),
        (
            "\nimport yaml",
            'yaml is imported by F, line 2, add "@pip//pyyaml" to the deps of //app.',
        ),
        (
            "from app.far import far",
            'app.far is imported by F, line 1, add "//app:far" to the deps of //app.',
        ),
        (
            "class A:\n    def f(self):\n        if self:\n            import yaml",
            'yaml is imported by F, line 4, add "@pip//pyyaml" to the deps of //app.',
        ),
        (
            "from kfp import dsl\ndef work():\n    import orjson",
            'orjson is imported by F, line 3, add "@pip//orjson" to the deps of //app:far.',
        ),
        (
            "try:\n    import yaml\nexcept ValueError:\n    pass",
            'yaml is imported by F, line 2, add "@pip//pyyaml" to the deps of //app.',
        ),
    ],
)
def test_the_line_to_add_is_named(missing, source, message):
    """With the module, its file and line, and the library that lacks it."""
    assert missing(source) == [message]
