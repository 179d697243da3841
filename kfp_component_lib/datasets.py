"""Generated datasets as tables in memory."""

from __future__ import annotations

import pandas as pd

from kfp_component_lib.data_processing.numeric_data import numeric_columns
from kfp_component_lib.data_processing.row_numbers import check_n_rows

__all__ = ["generate_numeric_data"]


def generate_numeric_data(n_rows: int) -> pd.DataFrame:
    """Draw four independent standard normal columns.

    Args:
        n_rows: Number of rows, at least 0.

    Returns:
        Table of shape (n_rows, 4) with the float64 columns y, x1, x2, x3 and no nulls.

    Raises:
        DataTypeError: If `n_rows` is not an int, or is a bool; it is a TypeError too.
        DataError: If `n_rows` is negative; it is a ValueError too.

    Source:
        `numpy.random.default_rng(42).standard_normal(n_rows)`, column after column.
    """
    check_n_rows(n_rows, "generate_numeric_data.n_rows")
    return pd.DataFrame(numeric_columns(n_rows))
