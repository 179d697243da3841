"""Tests of the component evaluate_classification, run by KFP's local runner."""

import pandas as pd
import pytest

from kfp_component_lib.components import evaluate_classification

_FRAME = pd.DataFrame(
    {"y": [0, 0, 1, 1], "prediction": [0, 1, 1, 1], "probability": [0, 0.6, 0.7, 1]}
)


def test_metrics_curves_and_page_are_written(runner, tmp_path):
    """Metrics, ROC curve and confusion matrix are in the artifacts that KFP displays."""
    _FRAME.to_parquet(tmp_path / "data")
    task = runner.run(evaluate_classification, predictions=tmp_path / "data", label="y")
    assert task.metadata["metrics_out"]["accuracy"] == 0.75
    curves = task.metadata["curves_out"]
    assert curves["confusionMatrix"]["rows"] == [{"row": [1, 1]}, {"row": [0, 2]}]
    first, *_, last = curves["confidenceMetrics"]
    assert (first["recall"], last["recall"], last["falsePositiveRate"]) == (0.0, 1.0, 1.0)
    assert first["confidenceThreshold"] == pytest.approx(1.0)
    page = task.paths["html_out"].read_text()
    assert "Confusion matrix" in page
    assert str(tmp_path / "data") in page


def test_one_class_has_metrics(runner, tmp_path):
    """Without a curve the task still succeeds, and no metric is NaN."""
    _FRAME.query("y == 0").assign(prediction=0).to_parquet(tmp_path / "data")
    task = runner.run(evaluate_classification, predictions=tmp_path / "data", label="y")
    assert task.metadata["metrics_out"]["accuracy"] == 1
    assert "auc" not in task.metadata["metrics_out"]
    assert list(task.metadata["curves_out"]) == ["confusionMatrix"]
