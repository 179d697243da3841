"""Generated data sets: the same values on every machine and at every size."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kfp_component_lib.errors import check
from kfp_component_lib.parallel import mapped_ahead
from kfp_component_lib.tables import BLOCK_ROWS, shard_blocks, to_arrow, write_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["generate_numeric_data", "list_shards", "write_numeric_data", "write_tabular_data"]

_SEED = 42
_COLUMNS = ("y", "x1", "x2", "x3")
_BLOCK_ROWS = 250_000
_BUFFERS = 3  # One is drawn, one waits, and `write_table` writes one.
_SKIPPED_ROWS = 16_384  # What fits into a core's cache.
_DRAWING_THREADS = 2  # Each holds a block in memory, and a third thread writes.
_TASKS = ("regression", "classification")


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
    schema = pa.schema([(name, pa.float64()) for name in _COLUMNS])
    # Random doubles neither repeat nor compress nor come in an order: a dictionary, a codec and
    # statistics would only cost time.
    options = {"use_dictionary": False, "compression": "none", "write_statistics": False}
    return write_table(path, schema, _numeric_blocks(n_rows, schema), **options)


def write_tabular_data(
    path: str | os.PathLike[str],
    n_rows: int,
    n_features: int = 10,
    task: str = "regression",
    missing_rate: float = 0.0,
    seed: int = 0,
    shard: int = 0,
    n_shards: int = 1,
) -> dict[str, Any]:
    """Write a table whose label follows from its features and noise.

    Every `BLOCK_ROWS` rows have a generator of their own, so shards draw only their own rows and
    together hold the very table that one shard would. Memory is that of five such blocks.

    Args:
        path: Where the file shall be. It is not touched on an error.
        n_rows: Number of rows of the whole table, at least 0.
        n_features: Number of features, at least 1.
        task: `regression` (label float64) or `classification` (label int64, 0 or 1).
        missing_rate: Share of the feature values that are null, at least 0 and below 1.
        seed: Another seed, at least 0, gives independent rows and another relation.
        shard: Which of the shards to write, counted from 0.
        n_shards: Number of shards; all but the last have whole blocks.

    Returns:
        Metadata of the file: `rows`, `columns` and `schema`. The columns are `y`, then `x1` to
        `xN`: standard normal float64.

    Raises:
        TypeError: If `n_rows` is not an int, or is a bool.
        ValueError: If an argument is out of its range.
        OSError: If the file cannot be written.
    """
    _check_n_rows(n_rows, "make_tabular_dataset")
    for name, value, valid, rule in (
        ("n_features", n_features, n_features >= 1, "be at least 1"),
        ("task", task, task in _TASKS, f"be one of {_TASKS}"),
        ("missing_rate", missing_rate, 0 <= missing_rate < 1, "be at least 0 and below 1"),
        ("seed", seed, seed >= 0, "be at least 0"),
        ("shard", shard, 0 <= shard < n_shards, f"be at least 0 and below n_shards {n_shards}"),
    ):
        check(valid, f"make_tabular_dataset.{name}", rule, value, "Correct this argument")
    label = pa.float64() if task == "regression" else pa.int64()
    names = [f"x{n + 1}" for n in range(n_features)]
    schema = pa.schema([("y", label), *((name, pa.float64()) for name in names)])
    start, stop = shard_blocks(n_rows, shard, n_shards)

    def draw(number: int) -> pa.RecordBatch:
        return _tabular_block(number, n_rows, missing_rate, seed, schema)

    with mapped_ahead(draw, range(start, stop), _DRAWING_THREADS) as blocks:
        return write_table(path, schema, blocks, use_dictionary=False, compression="none")


def list_shards(n_shards: int) -> list[int]:
    """Return the numbers of shards, from 0 on.

    Args:
        n_shards: How many there are, at least 1.

    Raises:
        DataError: If there are none.
    """
    check(n_shards >= 1, "list_shards.n_shards", "be at least 1", n_shards, "Correct this argument")
    return list(range(n_shards))


def _tabular_block(
    number: int, n_rows: int, missing_rate: float, seed: int, schema: pa.Schema
) -> pa.RecordBatch:
    size = min(BLOCK_ROWS, n_rows - number * BLOCK_ROWS)
    n_features = len(schema) - 1
    weights = np.random.default_rng([seed, 0]).standard_normal(n_features)
    rng = np.random.default_rng([seed, 1, number])
    features = rng.standard_normal((n_features, size))
    score = weights @ features
    if pa.types.is_floating(schema.field("y").type):
        label = to_arrow(score + 0.1 * rng.standard_normal(size))
    else:
        positive = rng.random(size) < 1 / (1 + np.exp(-score))
        label = to_arrow(positive.astype(np.float64)).cast(pa.int64())
    arrays = [_with_gaps(values, missing_rate, rng) for values in features]
    return pa.RecordBatch.from_arrays([label, *arrays], schema=schema)


def _with_gaps(
    values: npt.NDArray[np.float64], missing_rate: float, rng: np.random.Generator
) -> pa.Array:
    """Return values of which some are null; without any, nothing is drawn."""
    column = to_arrow(values)
    if not missing_rate:
        return column
    missing = rng.random(len(values)) < missing_rate
    if not missing.any():
        return column
    bits = np.packbits(~missing, bitorder="little")
    buffers = [pa.py_buffer(bits), column.buffers()[1]]
    return pa.Array.from_buffers(pa.float64(), len(values), buffers)


def _numeric_blocks(n_rows: int, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Yield blocks of rows; the third after it overwrites a block.

    Columns are drawn at once, each block while its predecessors are written: NumPy and Arrow release
    the GIL. New memory for each block would cost half as much again as the numbers in it.
    """
    generators = _column_generators(n_rows)
    sizes = list(_block_sizes(n_rows))
    memory = np.empty((_BUFFERS, len(generators), min(_BLOCK_ROWS, n_rows)))
    with ThreadPoolExecutor(len(generators)) as pool:

        def draw(number: int) -> list[Future[npt.NDArray[np.float64]]]:
            outs = memory[number % _BUFFERS, :, : sizes[number]] if number < len(sizes) else ()
            pairs = zip(generators, outs, strict=False)
            return [pool.submit(rng.standard_normal, out=out) for rng, out in pairs]

        upcoming = draw(0)
        for number in range(len(sizes)):
            arrays = [to_arrow(column.result()) for column in upcoming]
            upcoming = draw(number + 1)
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _column_generators(n_rows: int) -> list[np.random.Generator]:
    """Return for each column a generator that stands at its first value.

    A column begins where the one before it ends, and the number of random bits that a normal
    value takes is not known beforehand: the columns in between have to be drawn.
    """
    rng = np.random.default_rng(_SEED)
    generators = [copy.deepcopy(rng)]
    skipped = np.empty(_SKIPPED_ROWS)
    for _ in _COLUMNS[1:]:
        for start in range(0, n_rows, _SKIPPED_ROWS):
            rng.standard_normal(out=skipped[: n_rows - start])
        generators.append(copy.deepcopy(rng))
    return generators


def _block_sizes(n_rows: int) -> Iterator[int]:
    for start in range(0, n_rows, _BLOCK_ROWS):
        yield min(_BLOCK_ROWS, n_rows - start)


def _check_n_rows(n_rows: int, owner: str = "generate_numeric_data") -> None:
    if isinstance(n_rows, bool) or not isinstance(n_rows, int):
        raise TypeError(
            f"{owner}.n_rows must be an int, got {n_rows!r}. "
            "Pass a whole number of rows, such as 1000."
        )
    if n_rows < 0:
        raise ValueError(
            f"{owner}.n_rows must be at least 0, got {n_rows!r}. "
            "Pass a whole number of rows, such as 1000."
        )
