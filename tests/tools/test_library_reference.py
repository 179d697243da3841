"""Tests of tools/library_reference.py, and that what it generates is up to date."""

import re
from pathlib import Path

import pytest

from tools import library_reference

_DOCS = Path("docs/library")
_UPDATE = "docs/library must be what the docstrings say. Run: bazel run //docs/library:update"


def test_the_reference_is_up_to_date():
    """Every generated file is up to date, and there are no other pages."""
    found = {path.name: path.read_text(encoding="utf-8") for path in _DOCS.glob("*.md")}
    assert found == library_reference.documents(), _UPDATE


@pytest.mark.parametrize(
    "name", [name for names in library_reference.GROUPS.values() for name in names]
)
def test_every_public_name_has_a_section(name):
    """A page has a section for each name in `__all__`, and an example that imports them."""
    page = (_DOCS / f"{name}.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## (\w+)$", page, flags=re.MULTILINE)
    imported: dict[str, object] = {}
    exec(re.search(r"```python\n(from .*?)```", page, flags=re.DOTALL)[1], imported)
    assert sections == [key for key in imported if key != "__builtins__"]


def _sample(rows: list[int], *, key: "str | None" = None, **others: float) -> "dict[str, float]":
    return dict.fromkeys(map(str, rows), 0.0) | others


def test_a_signature_is_that_of_the_source():
    """A signature has the annotations and defaults of the source, whatever their kinds."""
    assert library_reference.signature("sample", _sample) == (
        "sample(\n    rows: list[int],\n    *,\n    key: 'str | None' = None,\n    **others: float,\n)"
        " -> 'dict[str, float]'"
    )
