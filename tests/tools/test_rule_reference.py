"""Tests of tools/rule_reference.py, and that what it generates is up to date."""

import ast
import os
from pathlib import Path

import pytest

from tools import rule_reference

_DOCS = Path("docs/rules")
_UPDATE = "docs/rules must be what the docstrings say. Run: bazel run //docs/rules:update"
_RULES = rule_reference.read(Path(os.environ["MODULE"]).read_bytes())
_EACH = pytest.mark.parametrize("rule", _RULES, ids=lambda rule: rule.name)


def test_the_reference_is_up_to_date():
    """Every generated file is up to date, and there are no other pages."""
    found = {path.name: path.read_text(encoding="utf-8") for path in _DOCS.glob("*.md")}
    assert found == rule_reference.documents(_RULES), _UPDATE


def test_every_rule_is_in_one_group():
    """The contents list every public rule once."""
    listed = [name for names in rule_reference.GROUPS.values() for name in names]
    assert sorted(listed) == [rule.name for rule in _RULES]


@_EACH
def test_everything_is_described(rule):
    """A rule states its purpose, its targets, and the meaning of each attribute."""
    assert rule.docstring.short_description
    assert rule.targets
    assert [given.name for given in rule.attributes if not given.text] == []


@_EACH
def test_the_example_has_the_attributes_of_the_rule(rule):
    """An example passes all required attributes, and none that the rule does not have."""
    (statement,) = ast.parse(rule.example).body
    call = statement.value
    given = {keyword.arg for keyword in call.keywords}
    known = {attribute.name for attribute in rule.attributes}
    required = {attribute.name for attribute in rule.attributes if attribute.default is None}
    passed_on = {"data", "size"} if "**kwargs" in known else set()
    assert call.func.id == rule.name
    assert required <= given <= known | passed_on
