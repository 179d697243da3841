"""Tests of kfp_component_lib.data_processing.numeric_data."""

import time

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from kfp_component_lib.data_processing.numeric_data import numeric_columns, write_numeric_data
from kfp_component_lib.tables import blocks, writing


@pytest.mark.parametrize("block_rows", [1, 3, 7, 8, 1000])
def test_written_values_do_not_depend_on_the_blocks(tmp_path, monkeypatch, block_rows):
    """The file holds the values of numeric_columns, whatever the size of the blocks."""
    monkeypatch.setattr(blocks, "BLOCK_ROWS", block_rows)
    write_numeric_data(7, tmp_path / "data")
    written = pd.read_parquet(tmp_path / "data")
    pd.testing.assert_frame_equal(written, pd.DataFrame(numeric_columns(7)), check_exact=True)


def test_written_values_do_not_depend_on_how_slow_the_disk_is(tmp_path, monkeypatch):
    """A new block does not overwrite one that is still waiting to be written."""

    class Slow(pq.ParquetWriter):
        def write_batch(self, *args, **kwargs):
            time.sleep(0.01)
            super().write_batch(*args, **kwargs)

    monkeypatch.setattr(blocks, "BLOCK_ROWS", 2)
    monkeypatch.setattr(writing.pq, "ParquetWriter", Slow)
    write_numeric_data(13, tmp_path / "data")
    written = pd.read_parquet(tmp_path / "data")
    pd.testing.assert_frame_equal(written, pd.DataFrame(numeric_columns(13)), check_exact=True)


@pytest.mark.parametrize("n_rows", [0, 12])
def test_writing_returns_the_metadata(tmp_path, n_rows):
    """The returned metadata states the rows, the columns and the schema."""
    assert write_numeric_data(n_rows, tmp_path / "data") == {
        "rows": n_rows,
        "columns": 4,
        "schema": "y: double, x1: double, x2: double, x3: double",
    }


@pytest.mark.parametrize("n_rows", [True, 1.0, "3", None, np.float64(2)])
def test_wrong_types_are_refused(tmp_path, n_rows):
    """The number of rows must be an int and not a bool; if it is refused, no file is left."""
    message = r"make_numeric_dataset.n_rows must be an int, got .*\. Pass a whole number"
    with pytest.raises(TypeError, match=message):
        write_numeric_data(n_rows, tmp_path / "data")
    assert not list(tmp_path.iterdir())


def test_negative_numbers_are_refused(tmp_path):
    """The number of rows must be at least 0; if it is refused, no file is left."""
    with pytest.raises(
        ValueError, match=r"make_numeric_dataset\.n_rows must be at least 0, got -1"
    ):
        write_numeric_data(-1, tmp_path / "data")
    assert not list(tmp_path.iterdir())
