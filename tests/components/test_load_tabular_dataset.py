"""Tests of the component load_tabular_dataset, run by KFP's local runner."""

import pandas as pd
import pytest

from kfp_component_lib.components import load_tabular_dataset


@pytest.fixture
def csv(tmp_path):
    """A CSV file of two rows."""
    (tmp_path / "in.csv").write_text("a,b\n1,x\n2,y\n")
    return tmp_path / "in.csv"


def test_a_path_is_loaded(runner, csv):
    """A CSV file on a mounted volume becomes Parquet; columns are chosen."""
    task = runner.run(load_tabular_dataset, path=str(csv), format="csv", columns=["b"])
    assert pd.read_parquet(task.paths["data_out"])["b"].tolist() == ["x", "y"]
    assert task.metadata["data_out"] == {"rows": 2, "columns": 1, "schema": "b: string"}


def test_an_artifact_is_loaded(runner, csv):
    """An artifact is loaded like a path."""
    task = runner.run(load_tabular_dataset, data=csv, format="csv")
    assert task.metadata["data_out"]["rows"] == 2


def test_a_table_past_the_limit_fails(runner, csv, capfd):
    """The task fails and says which limit to raise."""
    with pytest.raises(RuntimeError, match="load-tabular-dataset"):
        runner.run(load_tabular_dataset, path=str(csv), format="csv", row_limit=1)
    assert "row_limit must be at least the number of rows, got 1" in "".join(capfd.readouterr())
