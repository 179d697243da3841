"""Profiles as files, so that shards can be profiled separately and merged later."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from kfp_component_lib.errors import DataError, check
from kfp_component_lib.files import StrPath
from kfp_component_lib.statistics.bins import Bins
from kfp_component_lib.statistics.columns import COUNTS, ColumnProfile, TableProfile
from kfp_component_lib.statistics.distinct import Distinct
from kfp_component_lib.statistics.moments import Moments, Spread, ordered
from kfp_component_lib.tables.arrays import column_kind, from_python, to_arrow, to_numpy
from kfp_component_lib.tables.reading import open_table
from kfp_component_lib.tables.writing import write_table

__all__ = ["read_profile", "write_profile"]

_STATE = pa.schema(
    [
        ("name", pa.string()),
        *((count, pa.int64()) for count in COUNTS),
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
_KEY_BITS, _MOMENTS = 64, 5
# The number of columns in a row group: a group for each column would take three times as long.
_GROUP = 16
_ROWS, _SCHEMA = b"kfp_component_lib.profile.rows", b"kfp_component_lib.profile.schema"


def write_profile(profile: TableProfile, path: StrPath) -> None:
    """Write a complete profile as Parquet, with one row for each column of the described table.

    Args:
        profile: The profile; `read_profile` reads an equal one from the file.
        path: Path of the file. After an error it is unchanged.

    Raises:
        OSError: If the file cannot be written.
    """
    described = pa.schema([(column.name, column.arrow_type) for column in profile.columns])
    encoded = base64.b64encode(described.serialize().to_pybytes())
    schema = _STATE.with_metadata({_ROWS: str(profile.rows), _SCHEMA: encoded})
    groups = itertools.batched((_state(column, schema) for column in profile.columns), _GROUP)
    # Hashes and prefixes are all different, so a dictionary of them would only be larger.
    write_table(path, schema, map(_joined, groups), compression="zstd", use_dictionary=False)


def _joined(states: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    return pa.Table.from_batches(states).combine_chunks().to_batches()[0]


def read_profile(path: StrPath, field: str) -> TableProfile:
    """Read a profile that `write_profile` wrote.

    Args:
        path: The file.
        field: Name of the input for error messages, as `owner.field`.

    Returns:
        The profile.

    Raises:
        DataError: If there is no such file, or it is not a profile.
    """
    table = open_table(path, field)
    metadata = pq.read_schema(table.files[0]).metadata or {}
    fix = "Take profile_out of profile_dataset or merge_profiles, of this version"
    check(table.schema == _STATE, field, "be a profile", str(path), fix)
    schema, rows = _described(metadata, field, fix)
    states = [block.slice(n, 1) for block in table.blocks() for n in range(block.num_rows)]
    count = len(schema)
    check(len(states) == count, field, f"describe {count} columns", len(states), fix)
    check(all(map(_is_filled, states)), field, "have no nulls, and whole moments", str(path), fix)
    columns = [_column(kind, state) for kind, state in zip(schema, states, strict=True)]
    for column, state in zip(columns, states, strict=True):
        damage = _damage(column, state, rows)
        got = f"{column.name!r} with wrong {damage}"
        check(not damage, field, "be as it was written", got, fix)
    return TableProfile(rows, columns)


def _described(metadata: dict[bytes, bytes], field: str, fix: str) -> tuple[pa.Schema, int]:
    """Return the schema of the table that a profile describes, and its number of rows."""
    try:
        encoded = base64.b64decode(metadata[_SCHEMA], validate=True)
        return pa.ipc.read_schema(pa.py_buffer(encoded)), int(metadata[_ROWS])
    except (KeyError, ValueError, OSError) as error:
        raise DataError(field, "say what it describes", error, fix) from error


def _is_filled(state: pa.RecordBatch) -> bool:
    lists = [
        state[name][0].values for name in state.schema.names if pa.types.is_list(state[name].type)
    ]
    nulls = sum(column.null_count for column in (*state.columns, *lists))
    return nulls == 0 and len(state["moments"][0].values) % _MOMENTS == 0


def _damage(column: ColumnProfile, state: pa.RecordBatch, rows: int) -> str:
    """Return the names of the parts that contradict each other, or an empty text."""
    bins, distinct = column.bins, column.distinct
    counts = [getattr(column, name) for name in COUNTS]
    apart = column.nulls + column.nans + column.infinite
    finite = sum(moment.spread.count for moment in column.moments)
    numbers = rows - apart if column.kind == "number" else 0
    binned = rows - apart if column.kind in ("number", "time") else 0
    sizes = {len(distinct.hashes), *([len(distinct.examples)] if column.kind == "category" else [])}
    parts = {
        "name": column.name == state["name"][0].as_py(),
        "counts of rows": min(counts) >= 0
        and column.rows == rows >= apart
        and column.negative_infinite <= column.infinite,
        "moments": finite == numbers and all(m.spread.count >= 0 for m in column.moments),
        "bins": _is_sketch(bins.prefixes, bins.counts, bins.limit)
        and bins.total == binned
        and 0 <= bins.shift < _KEY_BITS
        and (not binned or bins.lowest >> bins.shift == bins.prefixes[0])
        and (not binned or bins.highest >> bins.shift == bins.prefixes[-1]),
        "values": _is_sketch(distinct.hashes, distinct.counts, distinct.limit)
        and len(sizes) == 1
        and int(distinct.counts.sum()) <= rows,
    }
    return ", ".join(name for name, fits in parts.items() if not fits)


def _is_sketch(keys: npt.NDArray[Any], counts: npt.NDArray[Any], limit: int) -> bool:
    """Return whether the keys ascend, and each of them has a count."""
    ascending = bool((keys[1:] > keys[:-1]).all())
    return ascending and len(keys) == len(counts) <= limit and bool((counts > 0).all())


def _state(column: ColumnProfile, schema: pa.Schema) -> pa.RecordBatch:
    blocks = [
        (m.spread.count, m.spread.mean, m.spread.m2, m.m3, m.m4) for m in ordered(column.moments)
    ]
    bins, distinct = column.bins, column.distinct
    state = {
        "name": column.name,
        **{count: getattr(column, count) for count in COUNTS},
        "moments": to_arrow(np.array(blocks, np.float64).ravel()),
        **{number: getattr(bins, number) for number in ("shift", "lowest", "highest")},
        "prefixes": to_arrow(bins.prefixes),
        "bin_counts": to_arrow(bins.counts),
        "full": distinct.full,
        "hashes": to_arrow(distinct.hashes),
        "value_counts": to_arrow(distinct.counts),
        "examples": from_python(_examples(distinct), pa.string()),
    }
    return pa.RecordBatch.from_arrays(
        [_one_row(state[f.name], f.type) for f in schema], schema=schema
    )


def _examples(distinct: Distinct) -> list[str]:
    return [distinct.examples[h] for h in distinct.hashes.tolist()] if distinct.examples else []


def _one_row(value: Any, kind: pa.DataType) -> pa.Array:
    """Return a column with one row: a value, or a list that holds an array."""
    if pa.types.is_string(kind):
        return from_python([value], kind)
    if not pa.types.is_list(kind):
        return to_arrow(np.array([value], kind.to_pandas_dtype()))
    return pa.ListArray.from_arrays(to_arrow(np.array([0, len(value)], np.int32)), value)


def _column(field: pa.Field, state: pa.RecordBatch) -> ColumnProfile:
    def one(name: str) -> Any:
        return state[name][0].as_py()

    def array(name: str) -> Any:
        return to_numpy(state[name][0].values, 0).copy()

    reach = {end: one(end) for end in ("lowest", "highest")}
    hashes = array("hashes")
    examples = {int(h): text for h, text in zip(hashes, one("examples"), strict=False)}
    return ColumnProfile(
        field.name,
        field.type,
        column_kind(field.type),
        **{count: one(count) for count in COUNTS},
        moments=[_moments(*block) for block in array("moments").reshape(-1, _MOMENTS).tolist()],
        bins=Bins(one("shift"), array("prefixes"), array("bin_counts"), **reach),
        distinct=Distinct(hashes, array("value_counts"), examples, full=one("full")),
    )


def _moments(count: float, mean: float, m2: float, m3: float, m4: float) -> Moments:
    return Moments(Spread(int(count), mean, m2), m3, m4)
