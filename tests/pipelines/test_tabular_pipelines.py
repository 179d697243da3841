"""Tests of the tabular pipelines on real data, run by KFP's local runner."""

from pathlib import Path

import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer

from pipelines.batch_scoring import batch_scoring
from pipelines.drift_monitoring import drift_monitoring
from pipelines.tabular_training import tabular_training
from pipelines.tree_training import tree_training
from pipelines.volume_training import volume_training

_IRIS = Path(__file__).parent.parent / "data" / "iris.csv"


def test_training_and_scoring_of_a_regression(runner, tmp_path):
    """The pipeline predicts the width of iris petals, and scores other flowers with the model."""
    rules = {"petal_width": {"min": 0, "not_null": True}, "species": {"pattern": "[a-z]+"}}
    tasks = runner.run_pipeline(
        tabular_training, data_uri=str(_IRIS), label="petal_width", rules=rules
    )
    assert tasks["validate-dataset"].parameters == {"passed": True}
    (metrics,) = [t.metadata["metrics_out"] for n, t in tasks.items() if "evaluate" in n]
    assert metrics["rows"] == 45
    assert metrics["r2"] > 0.9
    pd.read_csv(_IRIS).assign(note="new").to_parquet(tmp_path / "new")
    scored = runner.run_pipeline(
        batch_scoring,
        data_uri=str(tmp_path / "new"),
        transform_uri=str(tasks["fit-transform-features"].paths["transform_out"]),
        model_uri=str(tasks["train-linear-model"].paths["model_out"]),
        read_options={"drop": ["petal_width", "note"]},
    )
    found = pd.read_parquet(scored["batch-predict"].paths["predictions_out"])
    errors = found["prediction"] - pd.read_csv(_IRIS)["petal_width"]
    assert (len(errors), errors.abs().mean() < 0.2) == (150, True)


def test_training_of_a_classification(runner, tmp_path):
    """The pipeline classifies tumours as benign or malignant (scikit-learn's UCI data)."""
    load_breast_cancer(as_frame=True).frame.to_csv(
        tmp_path / "data.csv", index=False, sep=";", decimal=","
    )
    tasks = runner.run_pipeline(
        tabular_training,
        data_uri=str(tmp_path / "data.csv"),
        label="target",
        task="classification",
        read_options={"delimiter": ";", "decimal": ","},
    )
    (metrics,) = [t.metadata["metrics_out"] for n, t in tasks.items() if "evaluate" in n]
    assert metrics["rows"] == 171
    assert metrics["auc"] > 0.98


@pytest.mark.parametrize("pipeline", [tabular_training, tree_training])
def test_models_are_judged_on_the_latest_rows(runner, tmp_path, pipeline):
    """With `order_by` the model sees the first 70 % of the days, and the day is not a feature."""
    days = pd.date_range("2024-01-01", periods=100)
    frame = pd.DataFrame({"day": days, "x": range(100), "y": [3.0 * n for n in range(100)]})
    frame.sample(frac=1, random_state=1).to_parquet(tmp_path / "data")
    tasks = runner.run_pipeline(
        pipeline,
        data_uri=str(tmp_path / "data"),
        label="y",
        format="parquet",
        order_by="day",
    )
    train, test = (
        pd.read_parquet(tasks["split-dataset"].paths[f"{name}_out"])["day"]
        for name in ("train", "test")
    )
    assert (sorted(train), sorted(test)) == (list(days[:70]), list(days[70:]))
    (trained,) = [
        t.metadata["metrics_out"]
        for n, t in tasks.items()
        if n.startswith("train-t") or n.startswith("train-l")
    ]
    assert trained["features"] == 1


@pytest.mark.parametrize(
    ("label", "task", "figure"),
    [("species", "classification", "weighted_f1"), ("petal_width", "regression", "r2")],
)
def test_trees_need_no_preparation(runner, tmp_path, label, task, figure):
    """Three species, or a number from texts and numbers, with values missing here and there."""
    iris = pd.read_csv(_IRIS)
    iris.loc[iris.index % 7 == 3, "sepal_width"] = None
    iris.to_csv(tmp_path / "data.csv", index=False)
    tasks = runner.run_pipeline(
        tree_training,
        data_uri=str(tmp_path / "data.csv"),
        label=label,
        task=task,
        stratify_column="species",
        min_samples_leaf=5,
    )
    (metrics,) = [t.metadata["metrics_out"] for n, t in tasks.items() if "evaluate" in n]
    assert metrics["rows"] == 45
    assert metrics[figure] > 0.85
    assert tasks["train-tree-model"].metadata["metrics_out"]["rows"] == 105


def test_a_broken_rule_stops_the_training(runner):
    """After a broken rule nothing is split or trained."""
    before = len(list(runner.pipeline_root.rglob("split-dataset")))
    with pytest.raises(RuntimeError, match="validate-dataset"):
        runner.run_pipeline(
            tabular_training,
            data_uri=str(_IRIS),
            label="petal_width",
            rules={"sepal_length": {"max": 7}},
        )
    assert len(list(runner.pipeline_root.rglob("split-dataset"))) == before


@pytest.mark.parametrize(
    ("species", "label", "drifted", "trained"),
    [
        (["setosa", "versicolor"], "petal_width", False, False),
        (["virginica"], "petal_width", True, True),
        (["virginica"], "", True, False),
    ],
)
def test_drift_is_monitored(runner, tmp_path, species, label, drifted, trained):
    """Flowers of another species have drifted; a model is trained on them if a label is given."""
    iris = pd.read_csv(_IRIS)
    iris[iris["species"] != "virginica"].to_parquet(tmp_path / "old")
    iris[iris["species"].isin(species)].to_parquet(tmp_path / "new")
    tasks = runner.run_pipeline(
        drift_monitoring,
        reference_uri=str(tmp_path / "old"),
        current_uri=str(tmp_path / "new"),
        label=label,
        read_options={"drop": ["species"]},
    )
    assert tasks["detect-drift"].parameters == {"drifted": drifted}
    assert tasks["profile-dataset"].metadata["metrics_out"]["rows"] == 50 * len(species)
    models = [run for name, run in tasks.items() if name.endswith("train-linear-model")]
    assert len(models) == trained


def test_training_on_a_volume(runner):
    """The table on a volume is read in place."""
    tasks = runner.run_pipeline(
        volume_training,
        claim="data",
        path=str(_IRIS),
        label="petal_width",
        format="csv",
        read_options={"drop": ["species"]},
    )
    (metrics,) = [t.metadata["metrics_out"] for n, t in tasks.items() if "evaluate" in n]
    assert metrics["rows"] == 45
