"""A dataset of four normal columns, whose values are reproducible on every machine."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kfp_component_lib.data_processing.row_numbers import check_n_rows
from kfp_component_lib.files import StrPath
from kfp_component_lib.tables.arrays import to_arrow
from kfp_component_lib.tables.blocks import block_sizes
from kfp_component_lib.tables.writing import write_table

__all__ = ["numeric_columns", "write_numeric_data"]

Floats = npt.NDArray[np.float64]
_SEED = 42
_COLUMNS = ("y", "x1", "x2", "x3")
_BUFFERS = 3  # While one block is drawn, one waits, and `write_table` writes one.
_SKIPPED_ROWS = 16_384  # This fits into the cache of a core.


def numeric_columns(n_rows: int) -> dict[str, Floats]:
    """Draw four independent standard normal columns.

    Args:
        n_rows: Number of rows, at least 0.

    Returns:
        For each of the names y, x1, x2, x3 a float64 array of shape (n_rows,).

    Source:
        `numpy.random.default_rng(42).standard_normal(n_rows)`, column after column.
    """
    rng = np.random.default_rng(_SEED)
    return {name: rng.standard_normal(n_rows) for name in _COLUMNS}


def write_numeric_data(n_rows: int, path: StrPath) -> dict[str, Any]:
    """Write the columns of `numeric_columns` as Parquet, in memory that does not grow.

    Args:
        n_rows: Number of rows, at least 0.
        path: Path of the file. It is not touched on an error.

    Returns:
        Metadata of the dataset: `rows`, `columns` and `schema`.

    Raises:
        DataTypeError: If `n_rows` is not an int, or is a bool; this is also a TypeError.
        DataError: If `n_rows` is negative; this is also a ValueError.
        OSError: If the file cannot be written.
    """
    check_n_rows(n_rows, "make_numeric_dataset.n_rows")
    schema = pa.schema([(name, pa.float64()) for name in _COLUMNS])
    # Random doubles do not repeat, cannot be compressed and are not sorted, so a dictionary, a
    # codec and statistics would only cost time.
    options = {"use_dictionary": False, "compression": "none", "write_statistics": False}
    return write_table(path, schema, _blocks(n_rows, schema), **options)


def _blocks(n_rows: int, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Yield blocks of rows; each block is overwritten by the third one after it.

    Columns are drawn in parallel, and each block while its predecessors are written, since NumPy
    and Arrow release the GIL. New memory for each block would cost half the time of drawing it.
    """
    generators = _column_generators(n_rows)
    sizes = block_sizes(n_rows)
    memory = np.empty((_BUFFERS, len(generators), max(sizes, default=0)))
    with ThreadPoolExecutor(len(generators)) as pool:

        def draw(number: int) -> list[Future[Floats]]:
            outs = memory[number % _BUFFERS, :, : sizes[number]] if number < len(sizes) else ()
            pairs = zip(generators, outs, strict=False)
            return [pool.submit(rng.standard_normal, out=out) for rng, out in pairs]

        upcoming = draw(0)
        for number in range(len(sizes)):
            arrays = [to_arrow(column.result()) for column in upcoming]
            upcoming = draw(number + 1)
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _column_generators(n_rows: int) -> list[np.random.Generator]:
    """Return for each column a generator that is positioned at its first value.

    A column begins where the one before it ends, and the number of random bits that a normal value
    consumes is not known beforehand, so the columns in between have to be drawn.
    """
    rng = np.random.default_rng(_SEED)
    generators = [copy.deepcopy(rng)]
    skipped = np.empty(_SKIPPED_ROWS)
    for _ in _COLUMNS[1:]:
        for start in range(0, n_rows, _SKIPPED_ROWS):
            rng.standard_normal(out=skipped[: n_rows - start])
        generators.append(copy.deepcopy(rng))
    return generators
