"""Profiles as files, so that shards are profiled apart and put together later."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kfp_component_lib.errors import check
from kfp_component_lib.files import StrPath
from kfp_component_lib.statistics.bins import Bins
from kfp_component_lib.statistics.columns import ColumnProfile, TableProfile
from kfp_component_lib.statistics.distinct import Distinct
from kfp_component_lib.statistics.moments import Moments, Spread, ordered
from kfp_component_lib.tables.arrays import column_kind
from kfp_component_lib.tables.reading import open_table
from kfp_component_lib.tables.writing import write_table

__all__ = ["read_profile", "write_profile"]

_COUNTS = ("rows", "nulls", "nans", "infinite")
_STATE = pa.schema(
    [
        ("name", pa.string()),
        *((count, pa.int64()) for count in _COUNTS),
        ("moments", pa.list_(pa.float64())),
        *((number, pa.int64()) for number in ("shift", "lowest", "highest")),
        ("prefixes", pa.list_(pa.int64())),
        ("bin_counts", pa.list_(pa.int64())),
        ("full", pa.bool_()),
        ("hashes", pa.list_(pa.uint64())),
        ("value_counts", pa.list_(pa.int64())),
        ("examples", pa.list_(pa.string())),
    ]
)
_ROWS, _SCHEMA = b"kfp_component_lib.profile.rows", b"kfp_component_lib.profile.schema"


def write_profile(profile: TableProfile, path: StrPath) -> None:
    """Write all that a profile knows as Parquet, a row per column of the table it describes.

    Args:
        profile: The profile; what `read_profile` makes of the file equals it.
        path: Where the file shall be. It is not touched on an error.

    Raises:
        OSError: If the file cannot be written.
    """
    described = pa.schema([(column.name, column.arrow_type) for column in profile.columns])
    encoded = base64.b64encode(described.serialize().to_pybytes())
    schema = _STATE.with_metadata({_ROWS: str(profile.rows), _SCHEMA: encoded})
    rows = (pa.RecordBatch.from_pylist([_state(c)], schema) for c in profile.columns)
    write_table(path, schema, rows, compression="zstd")


def read_profile(path: StrPath, field: str) -> TableProfile:
    """Read what `write_profile` wrote.

    Args:
        path: The file.
        field: Who asks, for the error message.

    Returns:
        The profile.

    Raises:
        DataError: If there is no such file, or it is no profile.
    """
    table = open_table(path, field)
    metadata = pq.read_schema(table.files[0]).metadata or {}
    fix = "Take profile_out of profile_dataset or merge_profiles"
    rule = "be a profile"
    check(table.schema == _STATE and _SCHEMA in metadata, field, rule, str(path), fix)
    schema = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(metadata[_SCHEMA])))
    states = (block.slice(n, 1) for block in table.blocks() for n in range(block.num_rows))
    columns = [_column(*pair) for pair in zip(schema, states, strict=True)]
    return TableProfile(int(metadata[_ROWS]), columns)


def _state(column: ColumnProfile) -> dict[str, Any]:
    blocks = [
        (m.spread.count, m.spread.mean, m.spread.m2, m.m3, m.m4) for m in ordered(column.moments)
    ]
    bins, distinct = column.bins, column.distinct
    return {
        "name": column.name,
        **{count: getattr(column, count) for count in _COUNTS},
        "moments": np.array(blocks, np.float64).ravel(),
        **{number: getattr(bins, number) for number in ("shift", "lowest", "highest")},
        "prefixes": bins.prefixes,
        "bin_counts": bins.counts,
        "full": distinct.full,
        "hashes": distinct.hashes,
        "value_counts": distinct.counts,
        "examples": [distinct.examples[int(h)] for h in distinct.hashes if distinct.examples],
    }


def _column(field: pa.Field, state: pa.RecordBatch) -> ColumnProfile:
    def one(name: str) -> Any:
        return state[name][0].as_py()

    def array(name: str) -> Any:
        return np.array(state[name][0].values)

    reach = {end: one(end) for end in ("lowest", "highest")}
    hashes = array("hashes")
    examples = {int(h): text for h, text in zip(hashes, one("examples"), strict=False)}
    return ColumnProfile(
        field.name,
        field.type,
        column_kind(field.type),
        **{count: one(count) for count in _COUNTS},
        moments=[_moments(*block) for block in array("moments").reshape(-1, 5).tolist()],
        bins=Bins(one("shift"), array("prefixes"), array("bin_counts"), **reach),
        distinct=Distinct(hashes, array("value_counts"), examples, full=one("full")),
    )


def _moments(count: float, mean: float, m2: float, m3: float, m4: float) -> Moments:
    return Moments(Spread(int(count), mean, m2), m3, m4)
