"""Tests of the components train_tree_model and predict_tree_model, run by KFP's local runner."""

import pandas as pd
import pytest
from sklearn.datasets import load_wine
from sklearn.metrics import average_precision_score, f1_score, log_loss, roc_auc_score

from kfp_component_lib.components import (
    evaluate_classification,
    predict_tree_model,
    train_tree_model,
)


def test_trees_predict_classes(runner, tmp_path):
    """The model is an artifact that predict_tree_model reads, without a label at hand."""
    frame = pd.DataFrame({"x": [0.0, 1.0, None] * 40, "t": ["a", "b", None] * 40})
    frame.assign(label=["low", "middle", "high"] * 40).to_parquet(tmp_path / "train")
    frame[:3].to_parquet(tmp_path / "new")
    options = {"task": "classification", "rounds": 5, "learning_rate": 0.5}
    trained = runner.run(train_tree_model, data=tmp_path / "train", label="label", **options)
    assert trained.metadata["metrics_out"]["accuracy"] == 1
    assert "Importance" in trained.paths["html_out"].read_text()
    model = trained.paths["model_out"]
    task = runner.run(predict_tree_model, data=tmp_path / "new", model=model)
    found = pd.read_parquet(task.paths["predictions_out"])
    assert found["prediction"].tolist() == ["low", "middle", "high"]
    assert list(found.columns[-3:]) == ["probability=high", "probability=low", "probability=middle"]
    assert "trees of 'label'" in task.metadata["predictions_out"]["model"]


def test_many_classes_are_evaluated(runner, tmp_path):
    """Wines of three cultivars: what evaluate_classification says of the trees, scikit-learn says too."""
    frame = load_wine(as_frame=True).frame
    frame["cultivar"] = frame.pop("target").map({0: "first", 1: "second", 2: "third"})
    frame[::2].assign(weight=1.5).to_parquet(tmp_path / "train")
    frame[1::2].to_parquet(tmp_path / "new")
    options = {"task": "classification", "label": "cultivar", "weight_column": "weight"}
    options |= {"min_samples_leaf": 5, "early_stopping": False}
    trained = runner.run(train_tree_model, data=tmp_path / "train", **options)
    model = trained.paths["model_out"]
    predicted = runner.run(predict_tree_model, data=tmp_path / "new", model=model)
    predictions = predicted.paths["predictions_out"]
    task = runner.run(evaluate_classification, predictions=predictions, label="cultivar")
    metrics, page = task.metadata["metrics_out"], task.paths["html_out"].read_text()
    found = pd.read_parquet(predictions)
    truth, chances = found["cultivar"], found.filter(like="probability=")
    for average in ("macro", "weighted"):
        wanted = f1_score(truth, found["prediction"], average=average)
        assert metrics[f"{average}_f1"] == pytest.approx(wanted, rel=1e-9)
        assert 0.8 < wanted < 1
    assert metrics["log_loss"] == pytest.approx(log_loss(truth, chances), rel=1e-9)
    areas = roc_auc_score(truth, chances, multi_class="ovr", average="macro")
    assert metrics["macro_auc"] == pytest.approx(areas, rel=1e-9)
    classes = page[page.index("Each class against the others") :]
    assert all(f">{name}<" in classes for name in ("first", "second", "third"))
    one = runner.run(
        evaluate_classification, predictions=predictions, label="cultivar", positive_class="third"
    )
    wanted = average_precision_score(truth == "third", chances["probability=third"])
    assert one.metadata["metrics_out"]["average_precision"] == pytest.approx(wanted, rel=1e-9)
    page = one.paths["html_out"].read_text()
    assert "Precision over recall" in page
    assert "Calibration, error" in page
