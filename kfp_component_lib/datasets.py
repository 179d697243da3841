"""Generated data sets: the same values on every machine and at every size."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["generate_numeric_data"]

_SEED = 42
_COLUMNS = ("y", "x1", "x2", "x3")


def generate_numeric_data(n_rows: int) -> pd.DataFrame:
    """Draw four independent standard normal columns.

    Args:
        n_rows: Number of rows, at least 0.

    Returns:
        Table of shape (n_rows, 4) with the float64 columns y, x1, x2, x3 and no nulls.

    Raises:
        TypeError: If `n_rows` is not an int, or is a bool.
        ValueError: If `n_rows` is negative.

    Source:
        `numpy.random.default_rng(42).standard_normal(n_rows)`, column after column.
    """
    _check_n_rows(n_rows)
    rng = np.random.default_rng(_SEED)
    return pd.DataFrame({name: rng.standard_normal(n_rows) for name in _COLUMNS})


def _check_n_rows(n_rows: int) -> None:
    if isinstance(n_rows, bool) or not isinstance(n_rows, int):
        raise TypeError(f"n_rows must be an int, got {n_rows!r}. Pass a whole number of rows.")
    if n_rows < 0:
        raise ValueError(f"n_rows must be at least 0, got {n_rows!r}. Pass a whole number of rows.")
