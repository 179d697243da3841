"""Tests that no component imports pandas, which would double its start time."""

import os
import subprocess
import sys

import pytest
import workloads

from kfp_component_lib import components

_RUN = """
import sys, pathlib

class NoPandas:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "pandas":
            raise RuntimeError("pandas must not be imported")

sys.meta_path.insert(0, NoPandas())
import workloads
getattr(workloads, sys.argv[1])(*map(pathlib.Path, sys.argv[2:]))
"""

# scikit-learn imports pandas where it is installed, which it is not in the images of these two: what
# they meet there is an ImportError.
_TREES = ("predict_tree_model", "train_tree_model")


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """A folder with tables of columns of every kind."""
    folder = tmp_path_factory.mktemp("inputs")
    workloads.write_inputs(folder)
    return folder


def _run(code, *arguments):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("name", sorted(components.__all__))
def test_a_component_does_not_import_pandas(inputs, tmp_path, name):
    """Neither the library nor pyarrow imports pandas."""
    code = _RUN.replace("RuntimeError", "ImportError") if name in _TREES else _RUN
    done = _run(code, name, inputs, tmp_path)
    assert done.returncode == 0, done.stderr
    assert any(tmp_path.iterdir())


def test_an_import_would_be_seen(inputs, tmp_path):
    """pyarrow imports pandas to inspect a list, and the check detects it."""
    done = _run(_RUN.replace("import workloads\n", "import pyarrow; pyarrow.array([1])\n"))
    assert "pandas must not be imported" in done.stderr
