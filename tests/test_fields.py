"""Compares the fields in messages with what users write: the inputs of components."""

import ast
import importlib
import re
from pathlib import Path

import pytest

import kfp_component_lib
from kfp_component_lib import components

_ROOT = Path(kfp_component_lib.__file__).parent
_FOLDERS = ("data_processing", "deployment", "evaluation", "training")
_MODULES = sorted(path for folder in _FOLDERS for path in (_ROOT / folder).glob("*.py"))
_USERS = [path for name in ("components", "verification") for path in (_ROOT / name).rglob("*.py")]
_SHARED = sorted({*_ROOT.rglob("*.py")} - {*_MODULES, *_USERS})


def _text(node, constants):
    """Return the text of a constant, or the beginning of an f-string."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    parts = node.values[:2]
    first = getattr(getattr(parts[0], "value", None), "id", None) if parts else None
    return (
        "".join([constants[first], *(_text(p, {}) for p in parts[1:])])
        if first in constants
        else ""
    )


def _fields(path):
    """Return each `component.input` at the beginning of a text in a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module.startswith("kfp_component_lib"):
            module = importlib.import_module(node.module)
            found = {alias.name: getattr(module, alias.name, None) for alias in node.names}
            constants |= {name: value for name, value in found.items() if isinstance(value, str)}
        elif isinstance(node, ast.Assign):
            names = node.targets[0], node.value
            pairs = zip(*(n.elts if isinstance(n, ast.Tuple) else [n] for n in names), strict=False)
            constants |= {
                getattr(target, "id", ""): value.value
                for target, value in pairs
                if isinstance(value, ast.Constant)
            }
    texts = (
        _text(n, constants) for n in ast.walk(tree) if isinstance(n, ast.Constant | ast.JoinedStr)
    )
    found = (re.match(r"([a-z]\w*_\w+)\.(\w*)", text) for text in texts)
    return {match.groups() for match in found if match and match[1] in components.__all__}


@pytest.mark.parametrize("path", _MODULES, ids=lambda path: path.stem)
def test_messages_name_inputs_of_the_component(path):
    """A reader who is told to change `component.input` finds that input in the pipeline."""
    for name, field in sorted(_fields(path) - {("generate_numeric_data", "n_rows")}):
        inputs = getattr(components, name).component_spec.inputs
        assert not field or field in inputs, f"{name} has no input {field!r}"


@pytest.mark.parametrize("path", _SHARED, ids=lambda path: path.stem)
def test_shared_modules_name_no_component(path):
    """Components pass the name of the input to shared modules, which name no component."""
    assert _fields(path) == set()


def test_fields_are_found():
    """The search above finds fields in plain texts and after a constant."""
    found = {field for path in _MODULES for field in _fields(path)}
    assert {("load_tabular_dataset", "path"), ("train_linear_model", "l2")} <= found
    # The messages of these components come from shared modules, or they have none.
    others = {"copy_model", "digest_artifact", "list_shard_groups", "list_shards"}
    assert {name for name, _ in found} >= {*components.__all__} - others
