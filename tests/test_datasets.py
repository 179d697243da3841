"""Tests of kfp_component_lib.datasets."""

import time

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from kfp_component_lib import datasets, tables
from kfp_component_lib.datasets import (
    generate_numeric_data,
    write_numeric_data,
    write_tabular_data,
)


def test_columns_are_drawn_one_after_the_other():
    """The values are those of default_rng(42), column after column."""
    rng = np.random.default_rng(42)
    table = generate_numeric_data(5)
    assert list(table.columns) == ["y", "x1", "x2", "x3"]
    for column in table:
        np.testing.assert_array_equal(table[column], rng.standard_normal(5))


def test_first_value_is_that_of_the_seed():
    """The first value of default_rng(42), as NumPy has published it since 1.17."""
    assert generate_numeric_data(1)["y"][0] == 0.30471707975443135


def test_no_rows_are_a_table_with_columns():
    """Without rows the columns are still there, and still float64."""
    table = generate_numeric_data(0)
    assert table.shape == (0, 4)
    assert set(table.dtypes) == {np.dtype("float64")}


@pytest.mark.parametrize("block_rows", [1, 3, 7, 8, 1000])
def test_written_values_do_not_depend_on_the_blocks(tmp_path, monkeypatch, block_rows):
    """The file holds the values of generate_numeric_data, in blocks of any size."""
    monkeypatch.setattr(datasets, "_BLOCK_ROWS", block_rows)
    write_numeric_data(7, tmp_path / "data")
    written = pd.read_parquet(tmp_path / "data")
    pd.testing.assert_frame_equal(written, generate_numeric_data(7), check_exact=True)


def test_written_values_do_not_depend_on_how_slow_the_disk_is(tmp_path, monkeypatch):
    """No block is drawn over one that still waits to be written."""

    class Slow(pq.ParquetWriter):
        def write_batch(self, *args, **kwargs):
            time.sleep(0.01)
            super().write_batch(*args, **kwargs)

    monkeypatch.setattr(datasets, "_BLOCK_ROWS", 2)
    monkeypatch.setattr(tables.pq, "ParquetWriter", Slow)
    write_numeric_data(13, tmp_path / "data")
    written = pd.read_parquet(tmp_path / "data")
    pd.testing.assert_frame_equal(written, generate_numeric_data(13), check_exact=True)


@pytest.mark.parametrize("n_rows", [0, 12])
def test_writing_returns_the_metadata(tmp_path, n_rows):
    """Whoever writes learns rows, columns and schema."""
    assert write_numeric_data(n_rows, tmp_path / "data") == {
        "rows": n_rows,
        "columns": 4,
        "schema": "y: double, x1: double, x2: double, x3: double",
    }


@pytest.mark.parametrize("n_rows", [True, 1.0, "3", None, np.float64(2)])
def test_wrong_types_are_refused(tmp_path, n_rows):
    """A number of rows is an int and no bool; a refused one leaves no file."""
    with pytest.raises(TypeError, match=r"n_rows must be an int, got .*\. Pass a whole number"):
        generate_numeric_data(n_rows)
    with pytest.raises(TypeError, match="n_rows must be an int"):
        write_numeric_data(n_rows, tmp_path / "data")
    assert not list(tmp_path.iterdir())


def test_negative_numbers_are_refused(tmp_path):
    """A number of rows is at least 0; a refused one leaves no file."""
    with pytest.raises(ValueError, match=r"n_rows must be at least 0, got -1\. Pass a whole"):
        generate_numeric_data(-1)
    with pytest.raises(ValueError, match="n_rows must be at least 0, got -1"):
        write_numeric_data(-1, tmp_path / "data")
    assert not list(tmp_path.iterdir())


_TABULAR = {"n_rows": 1000, "n_features": 3, "missing_rate": 0.1, "seed": 4}


@pytest.mark.parametrize("n_shards", [1, 2, 3, 20])
@pytest.mark.parametrize("task", ["regression", "classification"])
def test_shards_hold_the_same_table(tmp_path, monkeypatch, n_shards, task):
    """Shards one after the other are the table that is written at once."""
    monkeypatch.setattr(datasets, "BLOCK_ROWS", 64)
    monkeypatch.setattr(tables, "BLOCK_ROWS", 64)
    write_tabular_data(tmp_path / "whole", task=task, **_TABULAR)
    (tmp_path / "shards").mkdir()
    for shard in range(n_shards):
        path = tmp_path / "shards" / f"{shard:02}.parquet"
        write_tabular_data(path, task=task, shard=shard, n_shards=n_shards, **_TABULAR)
    whole = pd.read_parquet(tmp_path / "whole")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "shards"), whole, check_exact=True)
    assert whole.shape == (1000, 4)


def test_tabular_features_are_standard_normal_with_gaps(tmp_path):
    """Mean, spread and missing share are within 5 standard errors of what was asked for."""
    write_tabular_data(tmp_path / "data", 100_000, 2, "classification", missing_rate=0.25)
    table = pd.read_parquet(tmp_path / "data")
    assert set(table["y"]) == {0, 1}
    for name in ("x1", "x2"):
        assert abs(table[name].mean()) < 5 / np.sqrt(75_000)
        assert abs(table[name].std() - 1) < 5 / np.sqrt(2 * 75_000)
        assert abs(table[name].isna().mean() - 0.25) < 5 * np.sqrt(0.25 * 0.75 / 100_000)


def test_the_label_follows_from_the_features(tmp_path):
    """A least-squares fit leaves the noise of standard deviation 0.1."""
    write_tabular_data(tmp_path / "data", 20_000, 4)
    table = pd.read_parquet(tmp_path / "data").to_numpy()
    residuals = np.linalg.lstsq(table[:, 1:], table[:, 0])[1]
    assert np.sqrt(residuals[0] / 20_000) == pytest.approx(0.1, rel=0.03)


def test_another_seed_gives_other_rows(tmp_path):
    """The same seed gives the same bytes, another one other values."""
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
