"""Tests of the component evaluate_regression, run by KFP's local runner."""

import pandas as pd

from kfp_component_lib.components import evaluate_regression


def test_metrics_and_page_are_written(runner, tmp_path):
    """The results are metrics, and the page shows the errors."""
    pd.DataFrame({"y": [1.0, 2.0], "prediction": [1.5, 2.5]}).to_parquet(tmp_path / "data")
    task = runner.run(evaluate_regression, predictions=tmp_path / "data", label="y")
    assert task.metadata["metrics_out"]["mean_error"] == 0.5
    assert "<svg" in task.paths["html_out"].read_text()
