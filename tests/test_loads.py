"""Bazel 9 has no rules for languages inside of it, so each file loads those that it calls."""

import ast
import os
import re
from pathlib import Path

import pytest

_LANGUAGES = re.compile(r"(cc|java|proto|py|sh)_\w+|\w+_proto_library")


def _calls(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def _inner_rules(text):
    """Return the rules for languages that a file calls but neither loads nor defines."""
    tree = ast.parse(text)
    loads = [call for call in _calls(tree) if getattr(call.func, "id", "") == "load"]
    known = {arg.value for call in loads for arg in call.args}
    known |= {keyword.arg for call in loads for keyword in call.keywords}
    known |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    known |= {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    plain = {getattr(call.func, "id", "") for call in _calls(tree)} - known
    native = {
        call.func.attr
        for call in _calls(tree)
        if isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") == "native"
    }
    return sorted(name for name in plain | native if _LANGUAGES.fullmatch(name))


def test_rules_for_languages_are_loaded():
    """No BUILD or .bzl file calls a rule that Bazel 8 or 9 has moved out."""
    found = {path: _inner_rules(Path(path).read_text()) for path in os.environ["FILES"].split()}
    assert len(found) > 50
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('py_library(name = "a")', ["py_library"]),
        ('native.sh_test(name = "a")', ["sh_test"]),
        ('load("@rules_python//python:defs.bzl", "py_library")\npy_library(name = "a")', []),
        ('load("//a:b.bzl", py_layer = "c")\npy_layer(name = "a")\nfilegroup(name = "b")', []),
    ],
)
def test_a_missing_load_is_found(text, names):
    """Loads, also under another name, and rules that stay in Bazel are told apart."""
    assert _inner_rules(text) == names
