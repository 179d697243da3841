"""Tests of kfp_component_lib.data_processing.loading."""

import json
import threading

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kfp_component_lib.content import content_digest
from kfp_component_lib.data_processing import json_tables, loading
from kfp_component_lib.data_processing.loading import ReadOptions
from kfp_component_lib.errors import DataError

_ROWS = [{"n": 1, "t": "ä,b", "f": 0.5}, {"n": None, "t": "<script>", "f": -1.0}]


def _load_table(source, out, format="parquet", row_limit=0, digest="", **options):
    return loading.load_table(source, out, format, ReadOptions(**options), row_limit, digest)


def _csv(path):
    path.write_text('n,t,f\n1,"ä,b",0.5\n,<script>,-1\n', encoding="utf-8")


def _jsonl(path):
    path.write_text("\n".join(json.dumps(row) for row in _ROWS), encoding="utf-8")


def _parquet(path):
    pq.write_table(pa.Table.from_pylist(_ROWS), path)


_WRITERS = {"csv": _csv, "jsonl": _jsonl, "parquet": _parquet}


@pytest.mark.parametrize("kind", _WRITERS)
def test_every_format_gives_the_same_table(tmp_path, kind):
    """The rows arrive unchanged, and the metadata describes them."""
    _WRITERS[kind](tmp_path / "in")
    metadata = _load_table(tmp_path / "in", tmp_path / "out", kind)
    assert pq.read_table(tmp_path / "out").to_pylist() == _ROWS
    assert metadata == {"rows": 2, "columns": 3, "schema": "n: int64, t: string, f: double"}


@pytest.mark.parametrize("kind", _WRITERS)
def test_columns_are_chosen_in_order(tmp_path, kind):
    """Only the named columns are kept, in the order of the names."""
    _WRITERS[kind](tmp_path / "in")
    _load_table(tmp_path / "in", tmp_path / "out", kind, columns=["f", "n"])
    assert pq.read_table(tmp_path / "out").column_names == ["f", "n"]


def test_a_folder_of_parquet_files_is_one_table(tmp_path):
    """The rows of the files in a folder are in the order of the file names."""
    (tmp_path / "in").mkdir()
    for name in ("b", "a"):
        pq.write_table(pa.table({"n": [name]}), tmp_path / "in" / f"{name}.parquet")
    _load_table(tmp_path / "in", tmp_path / "out")
    assert pq.read_table(tmp_path / "out")["n"].to_pylist() == ["a", "b"]


@pytest.mark.parametrize("kind", _WRITERS)
def test_a_table_past_the_limit_is_refused(tmp_path, kind):
    """A table with more rows than the limit is refused, not cut off; at the limit it is loaded."""
    _WRITERS[kind](tmp_path / "in")
    with pytest.raises(DataError, match=r"row_limit must be at least the number of rows, got 1\."):
        _load_table(tmp_path / "in", tmp_path / "out", kind, row_limit=1)
    assert not (tmp_path / "out").exists()
    assert _load_table(tmp_path / "in", tmp_path / "out", kind, row_limit=2)["rows"] == 2


def test_a_later_value_of_another_type_is_refused(tmp_path):
    """A late value that does not fit the stated type is refused, and does not become null."""
    (tmp_path / "in").write_text("n\n" + "1\n" * 100_000 + "x\n")
    with pytest.raises(DataError, match=r"column 'n': Row #100002: .*'x'"):
        _load_table(tmp_path / "in", tmp_path / "out", "csv", column_types={"n": "int64"})
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (b"n\n1\n", {"format": "xml"}, "format must be one of"),
        (b"n\n1\n", {"format": "csv", "row_limit": -1}, "row_limit must be at least 0"),
        (
            b"n\n1\n",
            {"format": "csv", "columns": ["m"]},
            r"columns must name columns that occur once, got 'm'",
        ),
        (b"", {"format": "csv"}, "intact csv file"),
        (b"{]", {"format": "jsonl"}, "intact jsonl file"),
        (b"n\n1\n", {"format": "parquet"}, "intact Parquet file"),
        (b"n,m\n1\n", {"format": "csv"}, "intact csv file"),
    ],
)
def test_wrong_arguments_are_refused(tmp_path, content, options, message):
    """The message says what is wrong, and nothing is written."""
    (tmp_path / "in").write_bytes(content)
    with pytest.raises(DataError, match=message):
        _load_table(tmp_path / "in", tmp_path / "out", **options)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize("rows", [0, 5, 100])
@pytest.mark.parametrize("null", ["null\n", " \t null", "null \n{}"])
def test_a_line_that_is_null_is_named(tmp_path, monkeypatch, rows, null):
    """The message names a line that is null, where pyarrow would crash or read a row of nulls."""
    monkeypatch.setattr(json_tables, "_BLOCK_BYTES", 128)
    (tmp_path / "in").write_text('{"n": 1}\n' * rows + null, encoding="utf-8")
    with pytest.raises(DataError, match=f"intact jsonl file.* in line {rows + 1}, got .*null, not"):
        _load_table(tmp_path / "in", tmp_path / "out", "jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_null_in_a_line_is_a_value(tmp_path):
    """A value may be null; only a line that is null as a whole is refused."""
    lines = '{"n": null, "t": "null"}\n{"n": 1, "t": "\\nnull"}\n'
    (tmp_path / "in").write_text(lines, encoding="utf-8")
    assert _load_table(tmp_path / "in", tmp_path / "out", "jsonl")["rows"] == 2
    assert pq.read_table(tmp_path / "out")["t"].to_pylist() == ["null", "\nnull"]


def test_a_missing_source_is_named(tmp_path):
    """The message names a path that does not exist."""
    with pytest.raises(DataError, match=r"path must exist, got '.*missing'"):
        _load_table(tmp_path / "missing", tmp_path / "out")


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_no_thread_is_left_after_an_error(tmp_path, kind):
    """If a table is refused while it is being read, neither threads nor files are left."""
    rows = {"csv": b"n\n" + b"1\n" * 500_000, "jsonl": b'{"n": 1}\n' * 300_000}
    (tmp_path / "in").write_bytes(rows[kind])
    before = threading.enumerate()
    with pytest.raises(DataError, match="row_limit"):
        _load_table(tmp_path / "in", tmp_path / "out", kind, row_limit=200_000)
    assert threading.enumerate() == before
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_other_content_than_announced_is_refused(tmp_path):
    """A table that has changed since its digest was taken is refused, and nothing is written."""
    (tmp_path / "in.csv").write_text("a\n1\n")
    digest = content_digest(tmp_path / "in.csv", "it.data")
    assert _load_table(tmp_path / "in.csv", tmp_path / "out", "csv", digest=digest)["rows"] == 1
    (tmp_path / "in.csv").write_text("a\n2\n")
    with pytest.raises(DataError, match=r"load_tabular_dataset\.data must have the content"):
        _load_table(tmp_path / "in.csv", tmp_path / "other", "csv", digest=digest)
    assert not (tmp_path / "other").exists()
