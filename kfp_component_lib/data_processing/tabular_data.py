"""Generates tables in shards, with a label that depends on the features."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kfp_component_lib.data_processing.row_numbers import check_n_rows
from kfp_component_lib.errors import check
from kfp_component_lib.files import StrPath
from kfp_component_lib.parallel import mapped_ahead
from kfp_component_lib.tables.arrays import to_arrow
from kfp_component_lib.tables.blocks import block_sizes
from kfp_component_lib.tables.writing import write_table

__all__ = ["write_tabular_data"]

_FIELD = "make_tabular_dataset"
_DRAWING_THREADS = 2  # Each thread holds a block in memory, and a third thread writes.
_TASKS = ("regression", "classification")


def write_tabular_data(
    path: StrPath,
    n_rows: int,
    n_features: int = 10,
    task: str = "regression",
    missing_rate: float = 0.0,
    seed: int = 0,
    shard: int = 0,
    n_shards: int = 1,
) -> dict[str, Any]:
    """Write a table whose label depends on its features and on noise.

    Every `BLOCK_ROWS` rows have a generator of their own, so a shard draws only its own rows, and
    all shards together contain the same table as a single shard. Memory is that of five blocks.

    Args:
        path: Path of the file. It is not touched on an error.
        n_rows: Number of rows in the whole table, at least 0.
        n_features: Number of features, at least 1.
        task: `regression` (label float64) or `classification` (label int64, 0 or 1).
        missing_rate: Share of the feature values that are null, at least 0 and below 1.
        seed: A number of at least 0; a different seed gives independent rows and a different
            relation between label and features.
        shard: Number of the shard to write, counted from 0.
        n_shards: Number of shards; all except the last have whole blocks.

    Returns:
        Metadata of the file: `rows`, `columns` and `schema`. The columns are `y`, then `x1` to
        `xN`: standard normal float64.

    Raises:
        DataTypeError: If `n_rows` is not an int, or is a bool; this is also a TypeError.
        DataError: If an argument is out of its range; this is also a ValueError.
        OSError: If the file cannot be written.
    """
    check_n_rows(n_rows, f"{_FIELD}.n_rows")
    for name, value, valid, rule in (
        ("n_features", n_features, n_features >= 1, "be at least 1"),
        ("task", task, task in _TASKS, f"be one of {_TASKS}"),
        ("missing_rate", missing_rate, 0 <= missing_rate < 1, "be at least 0 and below 1"),
        ("seed", seed, seed >= 0, "be at least 0"),
        ("shard", shard, 0 <= shard < n_shards, f"be at least 0 and below n_shards {n_shards}"),
    ):
        check(valid, f"{_FIELD}.{name}", rule, value, "Correct this argument")
    label = pa.float64() if task == "regression" else pa.int64()
    names = [f"x{n + 1}" for n in range(n_features)]
    schema = pa.schema([("y", label), *((name, pa.float64()) for name in names)])
    sizes = block_sizes(n_rows)

    def draw(number: int) -> pa.RecordBatch:
        return _block(number, sizes[number], missing_rate, seed, schema)

    numbers = range(len(sizes))[_shard(len(sizes), shard, n_shards)]
    with mapped_ahead(draw, numbers, _DRAWING_THREADS) as blocks:
        return write_table(path, schema, blocks, use_dictionary=False, compression="none")


def _shard(n_blocks: int, shard: int, n_shards: int) -> slice:
    """Return the blocks of a shard; the sizes of shards differ by at most one block."""
    return slice(n_blocks * shard // n_shards, n_blocks * (shard + 1) // n_shards)


def _block(
    number: int, size: int, missing_rate: float, seed: int, schema: pa.Schema
) -> pa.RecordBatch:
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
    """Return the values with some replaced by null; without nulls, nothing is drawn."""
    column = to_arrow(values)
    if not missing_rate:
        return column
    missing = rng.random(len(values)) < missing_rate
    if not missing.any():
        return column
    bits = np.packbits(~missing, bitorder="little")
    buffers = [pa.py_buffer(bits), column.buffers()[1]]
    return pa.Array.from_buffers(pa.float64(), len(values), buffers)
