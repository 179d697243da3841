"""Tests of the component detect_drift, run by KFP's local runner."""

import pandas as pd
import pytest

from kfp_component_lib.components import detect_drift


@pytest.mark.parametrize(("shift", "drifted"), [(0, False), (50, True)])
def test_the_verdict_is_a_parameter(runner, tmp_path, shift, drifted):
    """Whether a column has drifted is an output that a pipeline can branch on."""
    pd.DataFrame({"x": range(100)}).to_parquet(tmp_path / "old")
    pd.DataFrame({"x": range(shift, 100 + shift)}).to_parquet(tmp_path / "new")
    task = runner.run(detect_drift, reference=tmp_path / "old", current=tmp_path / "new")
    assert task.parameters == {"drifted": drifted}
    assert task.metadata["metrics_out"]["ks/x"] == pytest.approx(shift / 100)
    assert "PSI" in task.paths["report_out"].read_text()
    assert task.paths["html_out"].read_text().startswith("<!DOCTYPE html>")
