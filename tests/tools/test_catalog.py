"""Tests of tools/catalog.py, and that what it generates is up to date."""

from pathlib import Path

import pytest
from kfp import compiler

from tools import catalog

_DOCS = Path("docs/components")
_UPDATE = "docs/components must be what the components say. Run: bazel run //docs/components:update"


def test_the_reference_is_up_to_date():
    """Every generated file is up to date, and there are no other files."""
    generated = catalog.documents()
    files = {*_DOCS.glob("*.[mj]*")} - {_DOCS / "released.interface.json"}
    found = {path.name: path.read_text(encoding="utf-8") for path in files}
    assert found == generated, _UPDATE


@pytest.mark.parametrize("entry", catalog.catalog(), ids=lambda entry: entry["name"])
def test_the_example_compiles(tmp_path, entry):
    """The example of the reference is a pipeline that KFP compiles."""
    source = catalog.example(entry)
    assert f"```python\n{source}```" in (_DOCS / f"{entry['name']}.md").read_text()
    path = tmp_path / "example.py"
    path.write_text(source, encoding="utf-8")
    names = {}
    exec(compile(source, path, "exec"), names)
    compiler.Compiler().compile(names["example"], str(tmp_path / "example.yaml"))
    assert entry["name"].replace("_", "-") in (tmp_path / "example.yaml").read_text()


def test_every_parameter_is_described():
    """Every input and every output has a description."""
    for entry in catalog.catalog():
        both = entry["inputs"] + entry["outputs"]
        unsaid = [parameter["name"] for parameter in both if not parameter["description"]]
        assert unsaid == [], entry["name"]
