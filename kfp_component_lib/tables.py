"""Tables as Parquet files, written block by block and never half-written."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from kfp_component_lib.files import replacing

__all__ = ["float_array", "write_table"]


def float_array(values: npt.NDArray[np.float64]) -> pa.Array:
    """View a NumPy array as an Arrow array, without a copy.

    `pyarrow.array` would import pandas to look at its argument, which doubles the time until a
    component starts to work.

    Args:
        values: float64 array of shape (n,), contiguous. It must not be changed afterwards.

    Returns:
        float64 array of length n that shares the memory of `values` and has no nulls.
    """
    return pa.Array.from_buffers(pa.float64(), len(values), [None, pa.py_buffer(values)])


def write_table(
    path: str | os.PathLike[str],
    schema: pa.Schema,
    batches: Iterable[pa.RecordBatch],
    **options: Any,
) -> dict[str, Any]:
    """Write record batches as one Parquet file, one row group each.

    Args:
        path: Where the file shall be. It is not touched unless every batch was written.
        schema: Schema of every batch.
        batches: Rows, in order. One batch at a time is held in memory.
        **options: Options of `pyarrow.parquet.ParquetWriter`.

    Returns:
        Metadata of the data set: `rows`, `columns` and `schema`, a text `name: type, …`.

    Raises:
        OSError: If the file cannot be written.
    """
    rows = 0
    with replacing(path) as partial, pq.ParquetWriter(partial, schema, **options) as writer:
        for batch in batches:
            writer.write_batch(batch, row_group_size=max(batch.num_rows, 1))
            rows += batch.num_rows
    return _metadata(rows, schema)


def _metadata(rows: int, schema: pa.Schema) -> dict[str, Any]:
    described = ", ".join(f"{field.name}: {field.type}" for field in schema)
    return {"rows": rows, "columns": len(schema), "schema": described}
