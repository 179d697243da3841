"""Tests that an edit changes the images of the components that import the module, and no others.

The tests find the imports of a component in the sources, including those in function bodies, and
the modules of an image in its layers. An edit changes the digest of an image if, and only if, it
changes one of its layers.
"""

import ast
import functools
import importlib.util
import json
import os
from pathlib import Path

import pytest
from oci_layout import Image, members

import kfp_component_lib
from kfp_component_lib import components

LAYOUT = Path(os.environ["IMAGE"])
SITE = "opt/site-packages"
_LIBRARY = "kfp_component_lib"
_FOLDER = Path(kfp_component_lib.__file__).parent
_TITLE = "org.opencontainers.image.title"


def _sources() -> dict[str, Path]:
    """Return the file of every module that components may import, by the module's dotted name."""
    files = (path.relative_to(_FOLDER.parent) for path in _FOLDER.rglob("*.py"))
    named = {path.with_suffix("").as_posix().replace("/", "."): path for path in files}
    return {
        name.removesuffix(".__init__"): path
        for name, path in named.items()
        if not name.startswith((f"{_LIBRARY}.components", f"{_LIBRARY}.pipelines"))
    }


SOURCES = _sources()


def _named(tree: ast.AST) -> set[str]:
    """Return the library's modules that the code imports, with the packages above them."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    parts = (name.split(".") for name in names)
    prefixes = {".".join(part[:end]) for part in parts for end in range(1, len(part) + 1)}
    return prefixes & SOURCES.keys()


@functools.cache
def _imports(module: str) -> set[str]:
    source = _FOLDER.parent / SOURCES[module]
    return _named(ast.parse(source.read_text(encoding="utf-8")))


def _needed(component: str) -> set[str]:
    """Return the files of all modules that a component imports, directly or indirectly."""
    source = importlib.util.find_spec(getattr(components, component).python_func.__module__).origin
    (function,) = (
        node
        for node in ast.parse(Path(source).read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
    )
    found, ahead = set(), _named(function)
    while ahead:
        found |= ahead
        ahead = set().union(*map(_imports, ahead)) - found
    return {SOURCES[module].as_posix() for module in found}


@functools.cache
def _library_files(layer: Path) -> frozenset[str]:
    names = (member.name.removeprefix(f"{SITE}/") for member in members(layer))
    return frozenset(n for n in names if n.startswith(f"{_LIBRARY}/") and n.endswith(".py"))


def _held() -> dict[str, set[str]]:
    """Return the library's files in the image of each component, by the component's name."""
    index = json.loads((LAYOUT / "index.json").read_text(encoding="utf-8"))["manifests"][0]
    manifest = LAYOUT.joinpath("blobs", *index["digest"].split(":")).read_text(encoding="utf-8")
    held = {}
    for entry in json.loads(manifest)["manifests"]:
        name = entry["annotations"][_TITLE].rpartition(" ")[2]
        if name in components.__all__:
            layers = Image(LAYOUT, entry["digest"]).layers
            held[name] = set().union(*map(_library_files, layers))
    return held


HELD = _held()
NEEDED = {name: _needed(name) for name in components.__all__}


def test_every_component_has_an_image():
    """The test below compares the images of all components."""
    assert HELD.keys() == NEEDED.keys()


@pytest.mark.parametrize("path", sorted(path.as_posix() for path in SOURCES.values()))
def test_an_edit_changes_the_images_of_what_imports_the_module(
    path: str, record_testsuite_property
):
    """A module is in the images of the components that import it, and in no others."""
    changed = {name for name, files in HELD.items() if path in files}
    record_testsuite_property(f"images changed by an edit of {path}", " ".join(sorted(changed)))
    assert changed == {name for name, files in NEEDED.items() if path in files}
