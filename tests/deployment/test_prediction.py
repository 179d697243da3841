"""Tests of kfp_component_lib.deployment.prediction."""

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from kfp_component_lib.deployment.prediction import predict_table
from kfp_component_lib.errors import DataError
from kfp_component_lib.models import LinearModel, save_model
from kfp_component_lib.tables import blocks

_RIDGE = LinearModel("regression", "y", ("b", "a"), np.array([2.0, -1.0]), 0.5)
_FRAME = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [0, 10, -10], "name": ["x", None, "z"]})


def _predict(folder, frame, model):
    frame.to_parquet(folder / "data")
    save_model(model, folder / "model")
    metadata = predict_table(folder / "data", folder / "model", folder / "out")
    return pq.read_table(folder / "out"), metadata


@pytest.mark.parametrize("block", [1, 2, 65_536])
def test_a_regression_adds_its_weighted_sum(tmp_path, monkeypatch, block):
    """Features are selected by name, other columns are kept, and a prediction is added."""
    monkeypatch.setattr(blocks, "BLOCK_ROWS", block)
    table, metadata = _predict(tmp_path, _FRAME, _RIDGE)
    assert table.column_names == ["a", "b", "name", "prediction"]
    assert table["prediction"].to_pylist() == [-0.5, 18.5, -22.5]
    assert table["name"].to_pylist() == ["x", None, "z"]
    assert (metadata["rows"], metadata["columns"]) == (3, 4)


@pytest.mark.parametrize(
    ("classes", "kind"), [(("no", "yes"), "string"), ((0, 1), "int64"), ((False, True), "bool")]
)
def test_a_classification_adds_class_and_probability(tmp_path, classes, kind):
    """Classes have the type of the label; a column of probabilities is named after its class."""
    model = LinearModel("classification", "y", ("b",), np.array([0.1]), 0.0, classes, kind)
    table, _ = _predict(tmp_path, _FRAME, model)
    assert str(table.schema.field("prediction").type) == kind
    assert table["prediction"].to_pylist() == [classes[0], classes[1], classes[0]]
    wanted = [0.5, 1 / (1 + np.exp(-1)), 1 / (1 + np.exp(1))]
    first, second = (table[f"probability={name}"].to_pylist() for name in classes)
    assert second == pytest.approx(wanted, rel=1e-15)
    assert first == pytest.approx([1 - chance for chance in wanted], rel=1e-15)


def test_extreme_scores_have_probabilities(tmp_path):
    """Scores of 1000 and -1000 give the probabilities 1 and 0 without overflow."""
    model = LinearModel("classification", "y", ("b",), np.array([100.0]), 0.0, (0, 1), "int64")
    table, _ = _predict(tmp_path, _FRAME, model)
    assert table["probability=1"].to_pylist() == [0.5, 1.0, 0.0]


def test_predictions_that_no_double_holds_are_refused(tmp_path):
    """If a prediction would be infinite, an error is raised instead."""
    model = LinearModel("regression", "y", ("b",), np.array([1e308]), 0.0)
    with pytest.raises(DataError, match="give predictions that float64 holds"):
        _predict(tmp_path, _FRAME, model)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (_FRAME.drop(columns="a"), "batch_predict.data must have this feature once, got 'a'"),
        (_FRAME.assign(a="x"), "batch_predict.data must be numeric"),
        (_FRAME.assign(a=[1.0, None, 2.0]), "batch_predict.data must be finite"),
        (_FRAME.assign(prediction=1), "data must have no column 'prediction'"),
    ],
)
def test_what_does_not_fit_the_model_is_refused(tmp_path, frame, message):
    """The message says what is wrong, and nothing is written."""
    with pytest.raises(DataError, match=message):
        _predict(tmp_path, frame, _RIDGE)
    assert not (tmp_path / "out").exists()


def test_what_is_no_model_is_refused(tmp_path):
    """The message says that a model must be a folder."""
    _FRAME.to_parquet(tmp_path / "data")
    with pytest.raises(DataError, match=r"batch_predict\.model must be a folder"):
        predict_table(tmp_path / "data", tmp_path / "data", tmp_path / "out")
