"""Tests of the component profile_dataset, run by KFP's local runner."""

import pandas as pd

from kfp_component_lib.components import profile_dataset


def test_page_and_metrics_are_written(runner, tmp_path):
    """The page names the columns, and the metrics count missing values."""
    pd.DataFrame({"age": [1.0, None], "name": ["x", "y"]}).to_parquet(tmp_path / "data")
    task = runner.run(profile_dataset, data=tmp_path / "data")
    assert "age" in task.paths["html_out"].read_text()
    assert task.metadata["metrics_out"]["missing_fraction"] == 0.25
