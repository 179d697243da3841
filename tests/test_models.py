"""Tests of kfp_component_lib.models."""

import json

import numpy as np
import pytest

from kfp_component_lib.errors import DataError
from kfp_component_lib.models import LinearModel, load_model, save_model

_MODEL = LinearModel(
    "classification", "y", ("a", "ä"), np.array([0.1, -1e300]), -0.5, ("no", "yes"), "string"
)


def test_what_was_saved_is_loaded(tmp_path):
    """Every part comes back, the coefficients bit for bit."""
    save_model(_MODEL, tmp_path / "model")
    found = load_model(tmp_path / "model", "batch_predict.model")
    assert found.coefficients.tobytes() == _MODEL.coefficients.tobytes()
    parts = (found.task, found.label, found.features, found.intercept, found.classes)
    assert (*parts, found.label_type) == (
        "classification", "y", ("a", "ä"), -0.5, ("no", "yes"), "string",
    )  # fmt: skip


def test_scores_are_weighted_sums():
    """One for each row."""
    model = LinearModel("regression", "y", ("a", "b"), np.array([2.0, -1.0]), 0.5)
    np.testing.assert_array_equal(model.scores(np.array([[1.0, 1.0], [0.0, 3.0]])), [1.5, -2.5])


def _other_format(folder):
    stated = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps({**stated, "format": "other/1"}))


def _pickled(folder):
    np.save(folder / "coefficients.npy", np.array([{}], object), allow_pickle=True)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "model.json").unlink(), "be a folder with model.json and"),
        (lambda folder: (folder / "coefficients.npy").unlink(), "be a folder with model.json and"),
        (lambda folder: (folder / "model.json").write_text("{"), "be a folder with model.json and"),
        (_pickled, "allow_pickle=False"),
        (_other_format, "have the format 'kfp_component_lib/linear-model/1', got 'other/1'"),
    ],
    ids=["no json", "no coefficients", "not json", "pickle", "format"],
)
def test_what_is_no_model_is_refused(tmp_path, damage, message):
    """The message names who asks and which component writes a model, and nothing is executed."""
    save_model(_MODEL, tmp_path / "model")
    damage(tmp_path / "model")
    with pytest.raises(DataError, match=message) as refused:
        load_model(tmp_path / "model", "batch_predict.model")
    assert str(refused.value).startswith("batch_predict.model must ")
    assert str(refused.value).endswith("Train one with train_linear_model.")
