"""Tests of kfp_component_lib.datasets."""

import numpy as np
import pytest
from kfp_component_lib.datasets import generate_numeric_data


def test_columns_are_drawn_one_after_the_other():
    """The values are those of default_rng(42), column after column."""
    rng = np.random.default_rng(42)
    table = generate_numeric_data(5)
    for column in ("y", "x1", "x2", "x3"):
        np.testing.assert_array_equal(table[column], rng.standard_normal(5))


@pytest.mark.parametrize("n_rows", [True, 1.0, "3", None])
def test_wrong_types_are_refused(n_rows):
    """A number of rows is an int and no bool."""
    with pytest.raises(TypeError, match="n_rows must be an int"):
        generate_numeric_data(n_rows)
