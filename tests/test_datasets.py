"""Tests of kfp_component_lib.datasets."""

import numpy as np
import pytest

from kfp_component_lib.datasets import generate_numeric_data


def test_columns_are_drawn_one_after_the_other():
    """The values are those of default_rng(42), column after column."""
    rng = np.random.default_rng(42)
    table = generate_numeric_data(5)
    assert list(table.columns) == ["y", "x1", "x2", "x3"]
    for column in table:
        np.testing.assert_array_equal(table[column], rng.standard_normal(5))


def test_first_value_is_that_of_the_seed():
    """The first value of default_rng(42), which NumPy has kept since 1.17."""
    assert generate_numeric_data(1)["y"][0] == 0.30471707975443135


def test_no_rows_are_a_table_with_columns():
    """Without rows the columns are still there, and still float64."""
    table = generate_numeric_data(0)
    assert table.shape == (0, 4)
    assert set(table.dtypes) == {np.dtype("float64")}


@pytest.mark.parametrize("n_rows", [True, 1.0, "3", None, np.float64(2)])
def test_wrong_types_are_refused(n_rows):
    """A number of rows must be an int, and not a bool."""
    message = r"generate_numeric_data.n_rows must be an int, got .*\. Pass a whole number"
    with pytest.raises(TypeError, match=message):
        generate_numeric_data(n_rows)


def test_negative_numbers_are_refused():
    """A number of rows must be at least 0."""
    message = r"generate_numeric_data.n_rows must be at least 0, got -1\. Pass a whole"
    with pytest.raises(ValueError, match=message):
        generate_numeric_data(-1)
