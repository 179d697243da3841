"""Tests of kfp_component_lib.datasets."""

import numpy as np
import pandas as pd
import pytest

from kfp_component_lib import datasets
from kfp_component_lib.datasets import generate_numeric_data, write_numeric_data


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
