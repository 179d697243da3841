"""Tests of what importing kfp_component_lib provides, and of what it must not import."""

import os
import subprocess
import sys

import kfp_component_lib

_LEFT_OUT = {"components", "datasets.py", "pipelines", "verification"}
# scikit-learn imports pandas where it is installed, which it is not in the images of these.
_TREES = {"tree_models.py", "tree_prediction.py", "trees.py"}
_IMPORT_EVERY_LIBRARY_MODULE = (
    f"left_out = {_LEFT_OUT!r}"
    + """
import importlib, pathlib, kfp_component_lib
root = pathlib.Path(kfp_component_lib.__file__).parent
for path in root.rglob("*.py"):
    if not left_out & set(path.relative_to(root).parts):
        importlib.import_module(".".join(path.relative_to(root.parent).with_suffix("").parts))
"""
)


def _modules_after(code, *names):
    """Return those of `names` that a new Python process has imported after running `code`."""
    check = f"import sys; print(*sorted(set({names!r}) & set(sys.modules)))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{check}"],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.split()


def test_the_watch_sees_what_is_imported():
    """The check in the tests below detects an imported module."""
    assert _modules_after("import json", "json", "kfp") == ["json"]


def test_the_package_imports_nothing_heavy():
    """In a running component kfp.dsl has no decorator, so neither kfp nor a wrapper may load."""
    heavy = ["kfp", "kfp_component_lib.components", "numpy", "pandas", "pyarrow"]
    assert _modules_after("import kfp_component_lib", *heavy) == []


def test_no_library_module_imports_kfp():
    """The functions that components call are plain Python."""
    seen = "kfp_component_lib.training.linear"
    modules = ["kfp", "kfp_component_lib.components", seen]
    assert _modules_after(_IMPORT_EVERY_LIBRARY_MODULE, *modules) == [seen]


def test_no_library_module_imports_pandas():
    """pandas doubles the start time; only `datasets`, which returns a DataFrame, imports it."""
    code = _IMPORT_EVERY_LIBRARY_MODULE.replace(repr(_LEFT_OUT), repr(_LEFT_OUT | _TREES))
    assert _modules_after(code, "pandas", "pyarrow", "sklearn") == ["pyarrow"]


def test_trees_do_without_pandas():
    """All library modules can be imported where pandas is not installed."""
    code = f"import sys; sys.modules['pandas'] = None\n{_IMPORT_EVERY_LIBRARY_MODULE}"
    code += "assert sys.modules.pop('pandas') is None"
    assert _modules_after(code, "pandas", "pyarrow", "sklearn") == ["pyarrow", "sklearn"]


def test_one_version_names_image_and_requirement():
    """Image tag and pinned requirement carry the version of the module."""
    assert os.environ["MODULE_VERSION"] == kfp_component_lib.VERSION
    assert os.environ["IMAGE"] == kfp_component_lib.KFP_CONTAINER_IMAGE
    assert f"kfp-component-lib=={kfp_component_lib.VERSION}" == kfp_component_lib.PKG_DEPENDENCY
