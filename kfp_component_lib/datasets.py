"""Generated data sets: the same values on every machine and at every size."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from kfp_component_lib.tables import float_array, write_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["generate_numeric_data", "write_numeric_data"]

_SEED = 42
_COLUMNS = ("y", "x1", "x2", "x3")
_BLOCK_ROWS = 250_000


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
    import pandas as pd  # Here, so that components which need no DataFrame start without it.

    _check_n_rows(n_rows)
    rng = np.random.default_rng(_SEED)
    return pd.DataFrame({name: rng.standard_normal(n_rows) for name in _COLUMNS})


def write_numeric_data(n_rows: int, path: str | os.PathLike[str]) -> dict[str, Any]:
    """Write the table of `generate_numeric_data` as Parquet, in memory that does not grow.

    Args:
        n_rows: Number of rows, at least 0.
        path: Where the file shall be. It is not touched on an error.

    Returns:
        Metadata of the data set: `rows`, `columns` and `schema`.

    Raises:
        TypeError: If `n_rows` is not an int, or is a bool.
        ValueError: If `n_rows` is negative.
        OSError: If the file cannot be written.
    """
    _check_n_rows(n_rows)
    schema = pa.schema([pa.field(name, pa.float64()) for name in _COLUMNS])
    # Random doubles neither repeat nor compress: a dictionary and a codec would only cost time.
    blocks = _one_ahead(_numeric_blocks(n_rows, schema))
    return write_table(path, schema, blocks, use_dictionary=False, compression="none")


def _numeric_blocks(n_rows: int, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    generators = _column_generators(n_rows)
    for size in _block_sizes(n_rows):
        arrays = [float_array(rng.standard_normal(size)) for rng in generators]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _one_ahead(blocks: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the blocks, each drawn while its predecessor is written: both release the GIL."""
    with ThreadPoolExecutor(1) as pool:
        upcoming = pool.submit(next, blocks, None)
        while (block := upcoming.result()) is not None:
            upcoming = pool.submit(next, blocks, None)
            yield block


def _column_generators(n_rows: int) -> list[np.random.Generator]:
    """Return for each column a generator that stands at its first value.

    A column begins where the one before it ends, and the number of random bits that a normal
    value takes is not known beforehand: the columns in between have to be drawn.
    """
    rng = np.random.default_rng(_SEED)
    generators = [copy.deepcopy(rng)]
    skipped = np.empty(min(_BLOCK_ROWS, n_rows))
    for _ in _COLUMNS[1:]:
        for size in _block_sizes(n_rows):
            rng.standard_normal(out=skipped[:size])
        generators.append(copy.deepcopy(rng))
    return generators


def _block_sizes(n_rows: int) -> Iterator[int]:
    for start in range(0, n_rows, _BLOCK_ROWS):
        yield min(_BLOCK_ROWS, n_rows - start)


def _check_n_rows(n_rows: int) -> None:
    if isinstance(n_rows, bool) or not isinstance(n_rows, int):
        raise TypeError(
            f"generate_numeric_data.n_rows must be an int, got {n_rows!r}. "
            "Pass a whole number of rows, such as 1000."
        )
    if n_rows < 0:
        raise ValueError(
            f"generate_numeric_data.n_rows must be at least 0, got {n_rows!r}. "
            "Pass a whole number of rows, such as 1000."
        )
