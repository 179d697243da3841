"""Tests of tools/catalog.py, and that what it generates is up to date."""

import re
from pathlib import Path

from tools import catalog

_DOCS = Path("docs/components")
_UPDATE = "docs/components must be what the components say. Run: bazel run //docs/components:update"


def test_the_reference_is_up_to_date():
    """Every generated file is up to date, and there are no other files."""
    generated = catalog.documents()
    files = {*_DOCS.glob("*.[mj]*")} - {_DOCS / "released.interface.json"}
    found = {path.name: path.read_text(encoding="utf-8") for path in files}
    assert found == generated, _UPDATE


def test_measured_limits_are_those_of_the_benchmarks():
    """The memory on a component's page is in the report of the benchmarks."""
    report = Path("docs/benchmarks.md").read_text(encoding="utf-8").splitlines()
    for entry in catalog.catalog():
        lines = [line for line in report if f"| {entry['name']}" in line and "peak" in line]
        for megabytes in re.findall(r"\b\d+ MB", " ".join(entry["limits"])):
            assert any(f"| {megabytes} (" in line for line in lines), (entry["name"], megabytes)


def test_every_parameter_is_described():
    """Every input and every output has a description."""
    for entry in catalog.catalog():
        both = entry["inputs"] + entry["outputs"]
        unsaid = [parameter["name"] for parameter in both if not parameter["description"]]
        assert unsaid == [], entry["name"]
