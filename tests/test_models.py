"""Tests of kfp_component_lib.models: invalid and damaged models are refused."""

import json

import numpy as np
import pytest

from kfp_component_lib.errors import DataError
from kfp_component_lib.models import LinearModel, load_model, save_model

_MODELS = {
    "regression": LinearModel("regression", "y", ("a", "b"), np.array([1.0, 2.0]), 0.5),
    **{
        kind: LinearModel("classification", "y", ("a",), np.array([1.0]), 0.5, classes, kind)
        for kind, classes in {
            "string": ("no", "yes"),
            "int64": (0, 1),
            "double": (0.0, 1.5),
            "bool": (False, True),
        }.items()
    },
}


@pytest.mark.parametrize("name", _MODELS)
def test_a_model_comes_back(tmp_path, name):
    """A model is read as it was written, with classes of their type."""
    model = _MODELS[name]
    save_model(model, tmp_path / "model")
    found = load_model(tmp_path / "model")
    np.testing.assert_array_equal(found.coefficients, model.coefficients)
    assert list(map(type, found.classes)) == list(map(type, model.classes))
    assert {**vars(found), "coefficients": 0} == {**vars(model), "coefficients": 0}


def _state(change):
    return lambda folder: _restate(folder, lambda state: {**state, **change})


def _restate(folder, change):
    path = folder / "model.json"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))


def _without(name):
    return lambda folder: _restate(folder, lambda s: {k: v for k, v in s.items() if k != name})


def _coefficients(values):
    return lambda folder: np.save(folder / "coefficients.npy", values, allow_pickle=True)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: (f / "model.json").unlink(), "must be a JSON file"),
        (lambda f: (f / "model.json").write_text("[]"), "must have the format"),
        (lambda f: (f / "coefficients.npy").unlink(), "must have coefficients.npy"),
        (lambda f: (f / "coefficients.npy").write_bytes(b""), "must have coefficients.npy"),
        (lambda f: (f / "coefficients.npy").write_bytes(b"x" * 99), "must have coefficients.npy"),
        *((_without(name), f"must state '{name}'") for name in ("task", "label", "features")),
        *((_without(name), f"must state '{name}'") for name in ("intercept", "classes")),
        (_state({"format": "kfp_component_lib/linear-model/2"}), "must have the format"),
        (_state({"more": 1}), "must state nothing but"),
        (_state({"task": "ranking"}), "state .*task as one of"),
        (_state({"task": "regression"}), "must have 0 classes"),
        (_state({"label": None}), "state .*label as a string, got None"),
        (_state({"label": "a"}), r"the label and each feature once, got \['a'\]"),
        (_state({"features": "a"}), "state .*features as a list"),
        (_state({"features": []}), "must have features"),
        (_state({"features": ["a", "a"]}), "each feature once"),
        (
            _state({"features": ["a", "b"]}),
            r"must have 2 coefficients, one for each feature, got \(1,\)",
        ),
        (_state({"intercept": float("nan")}), "state .*intercept as a finite number, got nan"),
        (_state({"intercept": [1.0]}), "state .*intercept as a finite number"),
        (_state({"classes": ["no"]}), "must have 2 classes"),
        (_state({"classes": ["no", "no"]}), "must have classes that differ"),
        (_state({"classes": ["no", "yes", "so"]}), "must have 2 classes"),
        (_state({"classes": ["no", 1]}), "classes of the label_type 'string'"),
        (_state({"classes": ["no", None]}), r"state classes\[1\] as"),
        (_state({"classes": ["no", ["yes"]]}), r"state classes\[1\] as"),
        (_state({"label_type": "date32[day]"}), "must have a label_type of"),
        (_state({"label_type": "int64"}), "classes of the label_type 'int64'"),
        (_state({"label_type": 7}), "state .*label_type as a string"),
        (_coefficients(np.array([np.nan])), "must have finite coefficients"),
        (_coefficients(np.array([np.inf])), "must have finite coefficients"),
        (_coefficients(np.array([[1.0]])), r"must have 1 coefficients, .* got \(1, 1\)"),
        (_coefficients(np.array(1.0)), r"must have 1 coefficients"),
        (_coefficients(np.array([1])), "must have finite coefficients of float64"),
        (_coefficients(np.array(["x"])), "must have finite coefficients of float64"),
        (_coefficients(np.array([{}])), "must have coefficients.npy"),
    ],
)
def test_a_damaged_model_is_refused(tmp_path, damage, message):
    """The message states the problem, and where to get a valid model."""
    save_model(_MODELS["string"], tmp_path / "model")
    damage(tmp_path / "model")
    with pytest.raises(
        DataError, match=rf"owner\.model.*{message}.*Train one with train_linear_mo"
    ):
        load_model(tmp_path / "model", "owner.model")


def test_a_file_is_no_model(tmp_path):
    """A file, or nothing, in place of the folder is named in the error."""
    (tmp_path / "file").touch()
    for name in ("file", "nothing"):
        with pytest.raises(DataError, match="model must be a folder that holds a model"):
            load_model(tmp_path / name)
