"""Tests of train_linear_model and batch_predict, run by KFP's local runner."""

import pandas as pd
import pytest

from kfp_component_lib.components import batch_predict, train_linear_model


@pytest.mark.parametrize(
    ("task", "labels", "columns"),
    [
        ("regression", [1.0, 3.0, 5.0], ["x", "prediction"]),
        (
            "classification",
            ["no", "no", "yes"],
            ["x", "prediction", "probability=no", "probability=yes"],
        ),
    ],
)
def test_a_trained_model_predicts(runner, tmp_path, task, labels, columns):
    """batch_predict reads the model artifact, and needs no label column."""
    frame = pd.DataFrame({"x": [0.0, 1.0, 2.0], "label": labels})
    frame.to_parquet(tmp_path / "train")
    frame[["x"]].to_parquet(tmp_path / "new")
    trained = runner.run(
        train_linear_model, data=tmp_path / "train", label="label", task=task, l2=1e-6
    )
    assert trained.metadata["metrics_out"]["rows"] == 3
    assert "Coefficients" in trained.paths["html_out"].read_text()
    model = trained.paths["model_out"]
    task = runner.run(batch_predict, data=tmp_path / "new", model=model)
    found = pd.read_parquet(task.paths["predictions_out"])
    assert list(found.columns) == columns
    wanted = pytest.approx(labels, abs=1e-5) if labels[0] == 1.0 else labels
    assert found["prediction"].tolist() == wanted
    assert task.metadata["predictions_out"]["rows"] == 3
