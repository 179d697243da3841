"""Tests of the component make_numeric_dataset, run by KFP's local runner."""

import pandas as pd
import pytest

from kfp_component_lib.components import make_numeric_dataset
from kfp_component_lib.datasets import generate_numeric_data


@pytest.mark.parametrize("n_rows", [0, 1000])
def test_the_artifact_holds_the_library_s_table(runner, n_rows):
    """The Parquet file has the values of generate_numeric_data, and its metadata describes them."""
    task = runner.run(make_numeric_dataset, n_rows=n_rows)
    written = pd.read_parquet(task.paths["data_out"])
    pd.testing.assert_frame_equal(written, generate_numeric_data(n_rows), check_exact=True)
    assert task.metadata["data_out"] == {
        "rows": n_rows,
        "columns": 4,
        "schema": "y: double, x1: double, x2: double, x3: double",
    }


def test_a_failing_component_leaves_no_file(runner, capfd):
    """A negative number of rows fails the task with an explanation, and nothing is written."""
    before = _files(runner.pipeline_root)
    with pytest.raises(RuntimeError, match="make-numeric-dataset"):
        runner.run(make_numeric_dataset, n_rows=-1)
    assert "n_rows must be at least 0, got -1" in "".join(capfd.readouterr())
    assert _files(runner.pipeline_root) == before


def _files(folder):
    return {path for path in folder.rglob("*") if path.is_file()}
