"""The data of this test: small tables whose label depends on their features."""

import tempfile
from functools import cache
from pathlib import Path

import pyarrow.csv
import pyarrow.parquet

from kfp_component_lib.data_processing.tabular_data import write_tabular_data

LABEL = "y"
_ROWS, _FEATURES = 400, 3


@cache
def parquet(seed: int) -> bytes:
    """Return a table as Parquet; another seed gives other rows and another label function."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "table")
        write_tabular_data(path, _ROWS, _FEATURES, seed=seed)
        return path.read_bytes()


def csv(seed: int) -> bytes:
    """Return the same table as CSV."""
    sink = pyarrow.BufferOutputStream()
    pyarrow.csv.write_csv(_table(seed), sink)
    return sink.getvalue().to_pybytes()


def drifted(seed: int) -> bytes:
    """Return the same table with a shift of 5 in the feature x1, as Parquet."""
    table = _table(seed)
    moved = pyarrow.compute.add(table["x1"], 5.0)
    table = table.set_column(table.column_names.index("x1"), "x1", moved)
    sink = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(table, sink)
    return sink.getvalue().to_pybytes()


def _table(seed: int) -> pyarrow.Table:
    return pyarrow.parquet.read_table(pyarrow.BufferReader(parquet(seed)))
