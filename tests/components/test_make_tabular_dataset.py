"""Tests of the component make_tabular_dataset, run by KFP's local runner."""

import pandas as pd

from kfp_component_lib.components import make_tabular_dataset
from kfp_component_lib.data_processing.tabular_data import write_tabular_data


def test_the_artifact_holds_the_library_s_table(runner, tmp_path):
    """Every argument reaches the library, and the metadata describes the table."""
    options = {"n_features": 2, "task": "classification", "missing_rate": 0.5, "seed": 9}
    task = runner.run(make_tabular_dataset, n_rows=50, **options)
    assert task.metadata["data_out"] == write_tabular_data(tmp_path / "data", 50, **options)
    written = pd.read_parquet(task.paths["data_out"])
    pd.testing.assert_frame_equal(written, pd.read_parquet(tmp_path / "data"), check_exact=True)
