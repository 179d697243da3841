"""Tests of fit_transform_features and apply_transform, run by KFP's local runner."""

import pandas as pd

from kfp_component_lib.components import apply_transform, fit_transform_features


def test_what_was_learned_is_applied(runner, tmp_path):
    """Other data is transformed as learned from the training set."""
    train = pd.DataFrame({"a": [0.0, 2.0, None], "t": ["x", "y", "x"], "label": [0, 1, 0]})
    train.to_parquet(tmp_path / "train")
    pd.DataFrame({"a": [3.0], "t": ["y"]}).to_parquet(tmp_path / "other")
    fitted = runner.run(fit_transform_features, data=tmp_path / "train", keep=["label"])
    assert fitted.metadata["data_out"]["columns"] == 4
    transform = fitted.paths["transform_out"]
    applied = runner.run(apply_transform, data=tmp_path / "other", transform=transform)
    (row,) = pd.read_parquet(applied.paths["data_out"]).to_dict("records")
    assert row == {"a": 2.0, "t=x": 0.0, "t=y": 1.0}
