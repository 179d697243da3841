"""Tests of kfp_component_lib.data_processing.tabular_data."""

import numpy as np
import pandas as pd
import pytest

from kfp_component_lib.data_processing.tabular_data import write_tabular_data
from kfp_component_lib.tables import blocks

_TABULAR = {"n_rows": 1000, "n_features": 3, "missing_rate": 0.1, "seed": 4}


@pytest.mark.parametrize("n_shards", [1, 2, 3, 20])
@pytest.mark.parametrize("task", ["regression", "classification"])
def test_shards_hold_the_same_table(tmp_path, monkeypatch, n_shards, task):
    """The shards, one after the other, are the table that is written without shards."""
    monkeypatch.setattr(blocks, "BLOCK_ROWS", 64)
    write_tabular_data(tmp_path / "whole", task=task, **_TABULAR)
    (tmp_path / "shards").mkdir()
    for shard in range(n_shards):
        path = tmp_path / "shards" / f"{shard:02}.parquet"
        write_tabular_data(path, task=task, shard=shard, n_shards=n_shards, **_TABULAR)
    whole = pd.read_parquet(tmp_path / "whole")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "shards"), whole, check_exact=True)
    assert whole.shape == (1000, 4)


def test_tabular_features_are_standard_normal_with_gaps(tmp_path):
    """Mean, standard deviation and missing rate are within 5 standard errors of their targets."""
    write_tabular_data(tmp_path / "data", 100_000, 2, "classification", missing_rate=0.25)
    table = pd.read_parquet(tmp_path / "data")
    assert set(table["y"]) == {0, 1}
    for name in ("x1", "x2"):
        assert abs(table[name].mean()) < 5 / np.sqrt(75_000)
        assert abs(table[name].std() - 1) < 5 / np.sqrt(2 * 75_000)
        assert abs(table[name].isna().mean() - 0.25) < 5 * np.sqrt(0.25 * 0.75 / 100_000)


def test_the_label_follows_from_the_features(tmp_path):
    """A least-squares fit leaves only the noise, whose standard deviation is 0.1."""
    write_tabular_data(tmp_path / "data", 20_000, 4)
    table = pd.read_parquet(tmp_path / "data").to_numpy()
    residuals = np.linalg.lstsq(table[:, 1:], table[:, 0])[1]
    assert np.sqrt(residuals[0] / 20_000) == pytest.approx(0.1, rel=0.03)


def test_another_seed_gives_other_rows(tmp_path):
    """The same seed gives the same bytes, and another seed gives other values."""
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_tabular_data(tmp_path / name, 10, seed=seed)
    content = {name: (tmp_path / name).read_bytes() for name in "abc"}
    assert content["a"] == content["b"] != content["c"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_rows": -1}, "make_tabular_dataset.n_rows must be at least 0"),
        ({"n_features": 0}, "n_features must be at least 1"),
        ({"task": "x"}, "task must be one of"),
        ({"missing_rate": 1.0}, "missing_rate must be at least 0 and below 1"),
        ({"missing_rate": float("nan")}, "missing_rate must be"),
        ({"seed": -1}, "seed must be at least 0"),
        ({"shard": 2, "n_shards": 2}, "shard must be at least 0 and below n_shards 2, got 2"),
    ],
)
def test_arguments_out_of_range_are_refused(tmp_path, options, message):
    """The message names the argument, and no file is left."""
    with pytest.raises(ValueError, match=message):
        write_tabular_data(tmp_path / "data", **{**_TABULAR, **options})
    assert not list(tmp_path.iterdir())
