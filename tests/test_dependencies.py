"""Compares the dependencies that BUILD files declare with what the library's modules import.

A component is packed with the transitive closure of its declared dependencies. A missing dependency
would be missing in its image, and a superfluous one would enlarge the image and change its digest
for nothing.
"""

import ast
import os
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import kfp_component_lib

_ROOT = Path(kfp_component_lib.__file__).parent.parent
# By the name that is imported.
_DISTRIBUTIONS = {
    **{name: name for name in ("kfp", "numpy", "pandas", "pyarrow", "skops")},
    "sklearn": "scikit_learn",
}
_RULES = {rule.get("name"): rule for rule in ET.parse(os.environ["GRAPH"]).getroot().iter("rule")}


def _labels(target, attribute):
    return [
        each.get("value") for each in _RULES[target].findall(f"list[@name='{attribute}']/label")
    ]


def _module(source):
    """Return the name of the module in the file that a label names."""
    path = source.removeprefix("//").replace(":", "/").removesuffix(".py")
    return path.replace("/", ".").removesuffix(".__init__")


_TARGETS = {
    _module(source): target
    for target in _RULES
    for source in _labels(target, "srcs")
    if source.endswith(".py")
}
# The folders of the wrappers. The package above them imports all wrappers, so it cannot be declared.
_FOLDERS = {name for name in _TARGETS if re.search(r"\.components\.\w+$", name)}
_WRAPPERS = sorted(name for name in _TARGETS if re.search(r"\.components\.\w+\.\w+$", name))


def _tree(module):
    path = _ROOT / module.replace(".", "/")
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(file.read_text(encoding="utf-8"))


def _imports(tree):
    """Return the targets of the modules, and the distributions, that code imports anywhere."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    tops = {name.split(".")[0] for name in names}
    ours = {_target(name) for name in names if name.startswith("kfp_component_lib")}
    return ours | {_DISTRIBUTIONS[top] for top in tops & _DISTRIBUTIONS.keys()}


def _target(name):
    """Return the target of a module, or of the module that defines a name."""
    return _TARGETS[name] if name in _TARGETS else _target(name.rpartition(".")[0])


def _declared(target):
    """Return the targets of the library and the distributions that a target depends on."""
    return {
        label if label.startswith("//") else re.search(r"//([^:/]+)", label)[1]
        for label in _labels(target, "deps")
    }


@pytest.mark.parametrize("module", sorted(_TARGETS.keys() - _FOLDERS - {"kfp_component_lib"}))
def test_what_is_declared_is_what_is_imported(module):
    """The target of a module depends on exactly what the module imports."""
    tree, target = _tree(module), _TARGETS[module]
    if module in _WRAPPERS:
        tree.body = [node for node in tree.body if not isinstance(node, ast.FunctionDef)]
    package = _TARGETS[module.rpartition(".")[0]]
    assert _declared(target) == _imports(tree) | {package} - {target}


@pytest.mark.parametrize("module", _WRAPPERS)
def test_a_component_is_packed_with_what_its_wrapper_calls(module):
    """The import in a wrapper's function is the library target of its component."""
    (function,) = [node for node in _tree(module).body if isinstance(node, ast.FunctionDef)]
    name = module.rpartition(".")[2]
    alias = _RULES[f"//kfp_component_lib/components:{name}.lib"]
    assert {alias.find("label[@name='actual']").get("value")} == _imports(function)


def test_modules_are_looked_at():
    """Every module of the library has a target, or the tests above would skip it."""
    files = {path for path in (_ROOT / "kfp_component_lib").rglob("*.py")}
    names = {_module(f"//{file.relative_to(_ROOT).as_posix()}") for file in files}
    assert names - _TARGETS.keys() == {"kfp_component_lib._build_info"}
