"""Tests of tools/new_component.py: in a copy of the workspace a new component works at once."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import kfp_component_lib
from tools.new_component import create

_NAME = "clean_dataset"
_BUILD_FILES = (
    "kfp_component_lib/data_processing/BUILD.bazel",
    "tests/data_processing/BUILD.bazel",
)


@pytest.fixture
def workspace(tmp_path):
    """A copy of the product, of the tests' BUILD files, and of the folder of the reference."""
    shutil.copytree(Path(kfp_component_lib.__file__).parent, tmp_path / "kfp_component_lib")
    for file in (*_BUILD_FILES, "tests/components/conftest.py"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, tmp_path / file)
    (tmp_path / "docs" / "components").mkdir(parents=True)
    return tmp_path


def _run(workspace, *arguments):
    paths = [str(workspace), *(path for path in sys.path if path)]
    environment = {
        "PYTHONPATH": os.pathsep.join(paths),
        "BUILD_WORKSPACE_DIRECTORY": str(workspace),
    }
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, **environment},
        cwd=workspace,
        capture_output=True,
        text=True,
    )


def _make(workspace, name=_NAME, category="data_processing"):
    return _run(workspace, "-m", "tools.new_component", name, "--category", category)


def _targets(path):
    """Return the keyword arguments of each target of a BUILD file, by its name."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    keywords = [{k.arg: ast.literal_eval(k.value) for k in call.keywords} for call in calls]
    return {each["name"]: each for each in keywords if "name" in each}


def test_a_new_component_passes_its_tests(workspace):
    """The new module, wrapper and tests work unchanged, and the reference includes them."""
    made = _make(workspace)
    assert made.returncode == 0, made.stderr
    files = [f"tests/data_processing/test_{_NAME}.py", f"tests/components/test_{_NAME}.py"]
    for file in files:
        done = _run(workspace, "-m", "pytest", "-q", "--import-mode=importlib", file)
        assert done.returncode == 0, done.stdout
    assert (workspace / "docs" / "components" / f"{_NAME}.md").exists()
    assert f'"name": "{_NAME}"' in (workspace / "docs" / "components" / "catalog.json").read_text()


def test_what_was_written_and_edited_is_listed(workspace):
    """Each changed file is listed once, and the command runs both tests."""
    before = _contents(workspace)
    done = _make(workspace)
    assert done.returncode == 0, done.stderr
    *listed, last = done.stdout.splitlines()
    after = _contents(workspace)
    wrote = [f"wrote  {path}" for path in after.keys() - before.keys() if path.stem == _NAME]
    tests = [
        f"wrote  tests/{folder}/test_{_NAME}.py" for folder in ("components", "data_processing")
    ]
    metadata = f"wrote  kfp_component_lib/components/data_processing/{_NAME}.metadata.yaml"
    edited = [f"edited {path}" for path in before if after[path] != before[path]]
    generated = after.keys() - before.keys()
    others = [
        f"edited {path}"
        for path in generated
        if path.parent.name == "components" and path.parts[0] == "docs" and path.stem != _NAME
    ]
    assert sorted(listed) == sorted([*wrote, *tests, metadata, *edited, *others])
    assert last == (
        "Next: bazel test //tests/data_processing:clean_dataset_test"
        " //tests/components:clean_dataset_test"
    )


def _contents(workspace):
    """Return the content of each file but bytecode, by its path."""
    files = (path for path in workspace.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {path.relative_to(workspace): path.read_bytes() for path in files}


def test_build_files_have_the_targets(workspace):
    """The module and its test have targets; those of the component are found by file names."""
    assert _make(workspace).returncode == 0
    library, tests = (_targets(workspace / file) for file in _BUILD_FILES)
    assert library[_NAME]["srcs"] == [f"{_NAME}.py"]
    assert tests[f"{_NAME}_test"]["srcs"] == [f"test_{_NAME}.py"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("CleanDataset", "NAME must be a verb and a noun in lower case, got 'CleanDataset'"),
        ("clean", "NAME must be a verb and a noun in lower case"),
        ("detect_drift", "NAME must be new, got 'detect_drift'"),
    ],
)
def test_names_that_do_not_fit_are_refused(workspace, name, message):
    """The message describes a valid name, and no file is written."""
    before = sorted(workspace.rglob("*"))
    with pytest.raises(ValueError, match=message):
        create(workspace, name, "evaluation" if name == "detect_drift" else "data_processing")
    assert sorted(workspace.rglob("*")) == before
