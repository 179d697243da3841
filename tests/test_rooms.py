"""Tests that top-level folders depend on each other in one direction; see docs/adr/0007."""

import ast
import os
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path

import pytest

# These may depend on everything, and no room depends on them; docs contains the released catalogue.
_OUTSIDE = {"benchmarks", "docs", "e2e", "offline", "tests"}
_UNSEEN = _OUTSIDE - {"docs"}
_LABEL = re.compile(r"//([\w./+-]*)(?::([\w./+-]+))?")
_EXPANSION = re.compile(r"\$\(\w+ (//[^)]+)\)")
# A label in one of these attributes grants visibility, or is part of a text.
_NO_DEPENDENCY = {"default_visibility", "doc", "failure_message", "visibility"}


def _strings(node: ast.AST) -> Iterator[str]:
    """Yield the strings in a BUILD file that may be labels; Starlark has Python's syntax."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif (
        (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        or (isinstance(node, ast.keyword) and node.arg in _NO_DEPENDENCY)
        or (isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"fail", "visibility"})
    ):
        return
    else:
        for child in ast.iter_child_nodes(node):
            yield from _strings(child)


def _labels(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield the package and the target of every label of this repository below the node."""
    for text in _strings(node):
        for label in _EXPANSION.findall(text) or [text]:
            if found := _LABEL.fullmatch(label):
                package, target = found.groups()
                yield package, target or package.rpartition("/")[2]


def _front_desk(root: ast.Module) -> dict[str, list[tuple[str, str]]]:
    """Return the actual target of each alias in the root's BUILD file."""
    calls = [node for node in ast.walk(root) if isinstance(node, ast.Call)]
    return {
        ast.literal_eval(keyword.value): list(_labels(call))
        for call in calls
        for keyword in call.keywords
        if keyword.arg == "name" and isinstance(keyword.value, ast.Constant)
    }


def rooms(files: dict[str, str]) -> dict[str, dict[str, str]]:
    """Return, for each room, the rooms that it depends on, each with a file that does.

    Args:
        files: The text of each BUILD and .bzl file of the workspace, by path.
    """
    trees = {path: ast.parse(text) for path, text in files.items()}
    folders = {path.partition("/")[0] for path in files if "/" in path}
    desk = _front_desk(trees["BUILD.bazel"])
    found: dict[str, dict[str, str]] = {}
    for path, tree in trees.items():
        room = path.partition("/")[0]
        if room == path or room in _OUTSIDE or path.startswith("bazel/tests/"):
            continue
        seen = found.setdefault(room, {})
        for package, target in _labels(tree):
            for behind, _ in [(package, target)] if package else desk.get(target, []):
                other = behind.partition("/")[0]
                if other in folders - {room}:
                    seen.setdefault(other, path)
    return found


def problems(files: dict[str, str]) -> list[str]:
    """Return the violations of the direction, one line each."""
    found = rooms(files)
    lines = [
        f"{path} must not depend on {other}/, which no room may depend on."
        for seen in found.values()
        for other, path in seen.items()
        if other in _UNSEEN
    ]
    lines += [
        f"{path} must not depend on {other}/: rules must not name other folders."
        for other, path in found.get("bazel", {}).items()
    ]
    lines += [
        f"{path} must only depend on bazel/, got {other}/."
        for other, path in found.get("kfp_component_lib", {}).items()
        if other != "bazel"
    ]
    try:
        TopologicalSorter({room: set(seen) - _OUTSIDE for room, seen in found.items()}).prepare()
    except CycleError as error:
        around = error.args[1][::-1]
        steps = ", ".join(
            f"{room}/ depends on {other}/ in {found[room][other]}"
            for room, other in pairwise(around)
        )
        lines.append(f"rooms must not depend on each other in a circle: {steps}.")
    return lines


@pytest.fixture(scope="module")
def workspace():
    """The BUILD and .bzl files of this workspace."""
    files = map(Path, os.environ["FILES"].split())
    return {str(file): file.read_text(encoding="utf-8") for file in files}


def test_arrows_point_one_way(workspace):
    """No folder depends on one that depends on it."""
    assert not problems(workspace)


def test_the_workspace_is_there(workspace):
    """Every room exports its files, or the test above would check nothing."""
    expected = {"bazel", "image", "kfp_component_lib", "pipelines", "release", "tools"}
    assert set(rooms(workspace)) == expected
    assert {"bazel", "kfp_component_lib"} <= set(rooms(workspace)["image"])


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (
            "image/more.bzl",
            'load("//pipelines:names.bzl", "NAMES")',
            "image/ depends on pipelines/ in image/more.bzl",
        ),
        ("image/more.bzl", 'X = Label("//:compile")', "image/ depends on pipelines/"),
        ("image/more.bzl", 'X = ["--with=$(rootpath //pipelines:x)"]', "depends on pipelines/"),
        (
            "bazel/images/more.bzl",
            'X = "//image"',
            "bazel/images/more.bzl must not depend on image/",
        ),
        ("kfp_component_lib/a.bzl", 'X = "//tools:x"', "must only depend on bazel/, got tools/"),
        ("tools/more.bzl", 'X = ["//tests:x"]', "tools/more.bzl must not depend on tests/"),
    ],
)
def test_a_wrong_arrow_is_named(workspace, path, text, expected):
    """The message names both rooms and the file, however the label is written."""
    desk = workspace["BUILD.bazel"] + '\nalias(name = "compile", actual = "//pipelines:compile")\n'
    found = problems(workspace | {"BUILD.bazel": desk, path: text})
    assert expected in "\n".join(found)


@pytest.mark.parametrize(
    "text",
    [
        '"""What //pipelines does with it."""',
        'visibility("//pipelines/...")',
        'rule(doc = "//pipelines")',
        'x(visibility = ["//pipelines:__subpackages__"])',
        'fail("//pipelines")',
        'X = "https://pipelines"',
    ],
)
def test_what_is_no_dependency_is_no_arrow(workspace, text):
    """Texts and visibility are not dependencies."""
    assert not problems(workspace | {"image/more.bzl": text})
