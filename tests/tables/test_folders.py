"""Tests of how a folder, and the files in it, become a table."""

import os

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from kfp_component_lib.errors import DataError
from kfp_component_lib.tables.reading import open_table


def _write(path, table):
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table if isinstance(table, pa.Table) else pa.table(table), path)


def _rows(path):
    return [row for block in open_table(path).blocks() for row in block.to_pylist()]


@pytest.mark.parametrize(
    "names",
    [
        ["a.parquet", "b.parquet"],
        ["a", "b.PARQUET", "c.pq"],
        ["deep/b", "deep/er/a.parquet"],
        ["part-00000-1.snappy.parquet", "sub/part-00001"],
    ],
)
def test_every_file_belongs_to_the_table(tmp_path, names):
    """Files belong whatever their extension and depth; rows are in the order of the paths."""
    for number, name in enumerate(names):
        _write(tmp_path / name, {"n": [number]})
    for bookkeeping in ("_SUCCESS", ".a.parquet.crc", "_temporary/0/x", ".hidden/y"):
        (tmp_path / bookkeeping).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / bookkeeping).write_text("no table")
    assert _rows(tmp_path) == [{"n": number} for number in range(len(names))]
    assert ds.dataset(tmp_path, format="parquet").count_rows() == len(names)


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        (["2023", "2024"], [2023, 2024]),
        (["1", None], [1, None]),
        (["01", "02"], ["01", "02"]),
        (["1", "x"], ["1", "x"]),
        (["a b", "ü/x"], ["a b", "ü/x"]),
    ],
)
def test_keys_of_folders_are_columns(tmp_path, values, wanted):
    """Keys are integers if that loses nothing, and otherwise texts, as pyarrow writes them."""
    table = pa.table({"n": [1, 2], "key": pa.array(values)})
    parts = ds.partitioning(pa.schema([("key", pa.string())]), flavor="hive")
    ds.write_dataset(table, tmp_path, format="parquet", partitioning=parts)
    found = sorted(_rows(tmp_path), key=lambda row: row["n"])
    assert [row["key"] for row in found] == wanted


def test_a_key_alone_can_be_read(tmp_path):
    """The column of a key has as many rows as the file, at any level of the folders."""
    _write(tmp_path / "year=2024/month=1/a", {"n": [1, 2, 3]})
    (block,) = open_table(tmp_path).blocks(["month"])
    assert block.to_pydict() == {"month": [1, 1, 1]}


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        (pa.array([1], pa.int32()), pa.array([2**40]), pa.int64()),
        (pa.array([1]), pa.array([0.5]), pa.float64()),
        (pa.array([0.5], pa.float32()), pa.array([0.25]), pa.float64()),
        (pa.array([None], pa.null()), pa.array(["a"]), pa.string()),
        (pa.array(["a"]), pa.array(["a"], pa.large_string()), pa.large_string()),
        (pa.array(["a"]).dictionary_encode(), pa.array(["b"]), pa.string()),
        (pa.array([0], pa.timestamp("s")), pa.array([1], pa.timestamp("ms")), pa.timestamp("ms")),
        (pa.array([[1]], pa.list_(pa.int32())), pa.array([[2]]), pa.list_(pa.int64())),
    ],
)
def test_types_become_wider_where_that_loses_nothing(tmp_path, first, second, kind):
    """The schema of the folder can hold the values of all files."""
    _write(tmp_path / "a", {"x": first})
    _write(tmp_path / "b", {"x": second})
    assert open_table(tmp_path).schema.field("x").type == kind
    assert [row["x"] for row in _rows(tmp_path)] == [*first.to_pylist(), *second.to_pylist()]


def test_nullability_and_order_are_no_difference(tmp_path):
    """Files that differ only in `not null` or in the order of columns form one table."""
    strict = pa.schema([pa.field("a", pa.int64(), nullable=False), pa.field("b", pa.string())])
    _write(tmp_path / "1", pa.table({"a": [1], "b": ["x"]}, schema=strict))
    _write(tmp_path / "2", {"b": ["y"], "a": [None]})
    assert _rows(tmp_path) == [{"a": 1, "b": "x"}, {"a": None, "b": "y"}]


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ({"y": [1]}, r"one schema in all files, x: int64, got .*/b'"),
        ({"x": [1], "y": [1]}, r"one schema in all files, x: int64, got .*/b'"),
        ({"x": ["a"]}, r"one type in column 'x' in all files, int64, got 'string in .*/b'"),
        ({"x": [0.5, 2**53 + 2.0]}, r"column 'x' in all files, got 'int64' \(row 1: "),
        ({"x": pa.array([2**63], pa.uint64())}, r"column 'x' in all files, got 'uint64'"),
    ],
)  # fmt: skip
def test_files_that_do_not_fit_together_are_refused(tmp_path, second, message):
    """No column is left out or filled in, and no value is rounded."""
    _write(tmp_path / "a", {"x": [2**53 + 1]})
    _write(tmp_path / "b", second)
    with pytest.raises(DataError, match=message):
        _rows(tmp_path)


def _loop(folder):
    _write(folder / "a", {"x": [1]})
    (folder / "loop").symlink_to(folder)


def _gone(folder):
    (folder / "a").symlink_to(folder / "missing")


def _no_table(folder):
    _write(folder / "a", {"x": [1]})
    (folder / "README.md").write_text("# Read me")


def _keys(folder):
    _write(folder / "k=1" / "a", {"x": [1]})
    _write(folder / "b", {"x": [1]})


def _key_twice(folder):
    _write(folder / "x=1" / "a", {"x": [1]})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (_loop, "not contain a link to a folder above it"),
        (_gone, "hold nothing but files"),
        (_no_table, r"intact Parquet file, got .*README\.md"),
        (_keys, r"have the folders .* above all its files"),
        (_key_twice, "that name a column of its files, got \"'x' in"),
        (lambda folder: (folder / "_x").touch(), "be a folder that holds files"),
        (lambda folder: os.mkfifo(folder / "pipe"), "hold nothing but files"),
    ],
)
def test_folders_that_are_no_table_are_refused(tmp_path, make, message):
    """Nothing is skipped silently."""
    make(tmp_path)
    with pytest.raises(DataError, match=message):
        _rows(tmp_path)


@pytest.mark.parametrize(
    ("index", "left_out"),
    [
        (pd.RangeIndex(2), []),
        (pd.Index([7, 9]), ["__index_level_0__"]),
        (pd.Index([7, 9], name="id"), ["id"]),
        (
            pd.MultiIndex.from_tuples([(1, 2), (3, 4)], names=["p", None]),
            ["__index_level_1__", "p"],
        ),
    ],
    ids=["range", "unnamed", "named", "levels"],
)
def test_the_index_of_pandas_is_no_column(tmp_path, index, left_out):
    """A column of a pandas index is left out, but kept if it is named explicitly."""
    pd.DataFrame({"x": [1, 2]}, index=index).to_parquet(tmp_path / "a")
    table = open_table(tmp_path / "a")
    assert table.schema.names == ["x"]
    assert _rows(tmp_path / "a") == [{"x": 1}, {"x": 2}]
    for name in left_out:
        with pytest.raises(DataError, match="It is pandas' index"):
            table.require([name], "f")
        assert name in open_table(tmp_path / "a", index=[name]).schema.names
