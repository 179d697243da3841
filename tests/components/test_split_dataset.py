"""Tests of the component split_dataset, run by KFP's local runner."""

import pandas as pd

from kfp_component_lib.components import split_dataset


def test_the_latest_rows_are_the_test_part(runner, tmp_path):
    """With `order_by` the parts follow each other."""
    frame = pd.DataFrame({"day": pd.date_range("2024-01-01", periods=10)[::-1]})
    frame.to_parquet(tmp_path / "data")
    task = runner.run(split_dataset, data=tmp_path / "data", order_by="day")
    parts = [pd.read_parquet(task.paths[f"{name}_out"]) for name in ("train", "validation", "test")]
    assert [part["day"].dt.day.tolist() for part in parts] == [[8, 7, 6, 5, 4, 3, 2, 1], [9], [10]]


def test_three_parts_are_written(runner, tmp_path):
    """Each part is an artifact with its own number of rows; classes are spread evenly."""
    frame = pd.DataFrame({"row": range(20), "class": ["a", "b"] * 10})
    frame.to_parquet(tmp_path / "data")
    task = runner.run(
        split_dataset, data=tmp_path / "data", sizes=[0.6, 0.2, 0.2], stratify_column="class"
    )
    parts = [pd.read_parquet(task.paths[f"{name}_out"]) for name in ("train", "validation", "test")]
    assert sorted(pd.concat(parts)["row"]) == list(range(20))
    assert [part["class"].value_counts()["a"] for part in parts] == [6, 2, 2]
    assert task.metadata["train_out"]["rows"] == 12
