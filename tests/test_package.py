"""Tests of what importing kfp_component_lib gives, and of what it must not bring along."""

import os
import subprocess
import sys

import kfp_component_lib

_IMPORT_EVERY_LIBRARY_MODULE = """
import importlib, pathlib, kfp_component_lib
root = pathlib.Path(kfp_component_lib.__file__).parent
for path in root.rglob("*.py"):
    if not {"components", "datasets.py"} & set(path.relative_to(root).parts):
        importlib.import_module(".".join(path.relative_to(root.parent).with_suffix("").parts))
"""


def _modules_after(code, *names):
    """Return those of `names` that a fresh Python has imported after it ran `code`."""
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
    """The check of the tests below does see a module that was imported."""
    assert _modules_after("import json", "json", "kfp") == ["json"]


def test_the_package_imports_nothing_heavy():
    """In a running component kfp.dsl has no decorator, so neither kfp nor a wrapper may load."""
    heavy = ["kfp", "kfp_component_lib.components", "numpy", "pandas", "pyarrow"]
    assert _modules_after("import kfp_component_lib", *heavy) == []


def test_no_library_module_imports_kfp():
    """What components call is plain Python."""
    seen = "kfp_component_lib.training.linear"
    modules = ["kfp", "kfp_component_lib.components", seen]
    assert _modules_after(_IMPORT_EVERY_LIBRARY_MODULE, *modules) == [seen]


def test_no_library_module_imports_pandas():
    """Importing pandas doubles the start of a component; `datasets`, whose tables are its, may."""
    assert _modules_after(_IMPORT_EVERY_LIBRARY_MODULE, "pandas", "pyarrow") == ["pyarrow"]


def test_the_numeric_data_set_is_written_without_pandas(tmp_path):
    """make_numeric_dataset streams NumPy arrays into Parquet; pandas stays out."""
    code = f"""
from kfp_component_lib.data_processing.numeric_data import write_numeric_data
write_numeric_data(3, {str(tmp_path / "data")!r})
"""
    assert _modules_after(code, "pandas", "pyarrow.parquet") == ["pyarrow.parquet"]


def test_one_version_names_image_and_requirement():
    """Image tag and pinned requirement carry the version of the module."""
    assert os.environ["MODULE_VERSION"] == kfp_component_lib.VERSION
    assert os.environ["IMAGE"] == kfp_component_lib.KFP_CONTAINER_IMAGE
    assert f"kfp-component-lib=={kfp_component_lib.VERSION}" == kfp_component_lib.PKG_DEPENDENCY


def test_tables_of_numbers_are_worked_on_without_pandas(tmp_path):
    """So are those that pass from one component to the next."""
    code = f"""
import os; os.chdir({str(tmp_path)!r})
from kfp_component_lib.data_processing.features import fit_transform_features
from kfp_component_lib.data_processing.splitting import split_table
from kfp_component_lib.data_processing.tabular_data import write_tabular_data
from kfp_component_lib.deployment.prediction import predict_table
from kfp_component_lib.evaluation.drift import detect_drift
from kfp_component_lib.evaluation.regression import evaluate_regression
from kfp_component_lib.training.linear import train_linear_model
write_tabular_data("data", 100, n_features=3)
split_table("data", ["train", "test"], [0.8, 0.2])
fit_transform_features("train", "features", "transform.json", ["y"])
train_linear_model("train", "model", "y")
predict_table("test", "model", "predicted")
evaluate_regression("predicted", "page.html", "y")
detect_drift("train", "test", "drift.md", "drift.html")
"""
    assert _modules_after(code, "pandas", "pyarrow.parquet") == ["pyarrow.parquet"]
