"""Tests of kfp_component_lib.tables.reading."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kfp_component_lib.errors import DataError
from kfp_component_lib.tables import blocks
from kfp_component_lib.tables.reading import open_table


def _write(path, values, row_group_size=1000):
    pq.write_table(pa.table({"n": values}), path, row_group_size=row_group_size)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    sizes=st.lists(st.integers(0, 20), min_size=1, max_size=4),
    group=st.integers(1, 9),
    block=st.integers(1, 25),
    start=st.integers(0, 30),
    length=st.integers(0, 60),
)
def test_blocks_depend_on_rows_alone(
    tmp_path_factory, monkeypatch, sizes, group, block, start, length
):
    """Blocks have the same rows, whatever files and row groups they come from."""
    folder = tmp_path_factory.mktemp("data")
    numbers = np.arange(sum(sizes))
    for n, part in enumerate(np.split(numbers, np.cumsum(sizes)[:-1])):
        _write(folder / f"{n}.parquet", part, group)
    monkeypatch.setattr(blocks, "BLOCK_ROWS", block)
    read = [b["n"].to_pylist() for b in open_table(folder).blocks(start=start, stop=start + length)]
    wanted = numbers[start : start + length].tolist()
    assert read == [wanted[i : i + block] for i in range(0, len(wanted), block)]


def _corrupt(path):
    _write(path, np.arange(10_000), 10_000)
    content = bytearray(path.read_bytes())
    content[40:20_000] = b"\xff" * 19_960
    path.write_bytes(content)


def _truncate(path):
    _write(path, np.arange(10_000))
    path.write_bytes(path.read_bytes()[:1000])


def _checksum(path):
    pq.write_table(
        pa.table({"n": np.arange(10_000)}), path, use_dictionary=False, write_page_checksum=True
    )
    content = bytearray(path.read_bytes())
    content[5_000] ^= 1
    path.write_bytes(content)


def _text_that_is_no_utf8(path):
    column = pa.array([b"a", b"\xff"]).view(pa.string())
    pq.write_table(pa.table({"n": column}), path)


def test_blocks_of_some_columns_are_those_of_all(tmp_path, monkeypatch):
    """Columns that are read for errors alone do not change the blocks of the others."""
    monkeypatch.setattr(blocks, "BLOCK_ROWS", 7)
    data = pa.table({"a": range(30), "b": ["x"] * 30, "c": np.arange(30) / 7})
    (tmp_path / "key=1").mkdir()
    for n in range(2):
        pq.write_table(data, tmp_path / "key=1" / f"{n}", row_group_size=11)
    table = open_table(tmp_path)
    for columns in (["c", "a"], ["key"], ["b"], []):
        found = [block.to_pydict() for block in table.intact_blocks(columns)]
        assert found == [block.select(columns).to_pydict() for block in table.blocks()]
        assert sum(block.num_rows for block in table.intact_blocks(columns)) == 60


def test_a_name_that_occurs_twice_does_not_hide_damage(tmp_path):
    """A column that shares its name with another one is read for errors too."""
    columns = [pa.array([1]), pa.array([2]), pa.array([b"\xff"]).view(pa.string())]
    pq.write_table(pa.Table.from_arrays(columns, ["a", "b", "b"]), tmp_path / "data")
    with pytest.raises(DataError, match=r"column 'b': .*UTF8"):
        list(open_table(tmp_path / "data").intact_blocks(["a"]))


def test_a_value_beyond_the_common_type_is_found_in_a_column_that_nobody_takes(tmp_path):
    """Every value must fit the type of the whole dataset, also where only errors are looked for."""
    for n, values in enumerate(([1.5], [2**53 + 1])):
        pq.write_table(pa.table({"a": [1], "n": values}), tmp_path / f"{n}.parquet")
    with pytest.raises(DataError, match="have values of double in column 'n'"):
        list(open_table(tmp_path).intact_blocks(["a"]))


def test_a_row_that_the_footer_does_not_count_is_found(tmp_path, monkeypatch):
    """Columns that are read for errors alone must have as many rows as the footer says."""
    _write(tmp_path / "data", [1, 2, 3])
    monkeypatch.setattr(pq.ParquetFile, "scan_contents", lambda *args: 2)
    with pytest.raises(DataError, match=r"\['n'\] have 2 rows, the footer says 3"):
        list(open_table(tmp_path / "data").intact_blocks([]))


@pytest.mark.parametrize("take", [lambda t: t.blocks(), lambda t: t.intact_blocks([])])
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (_checksum, "intact Parquet file, got .*checksum"),
        (_text_that_is_no_utf8, "intact Parquet file, got .*column 'n': .*UTF8"),
        (lambda path: None, "data must exist"),
        (lambda path: path.mkdir(), "be a folder that holds files"),
        (lambda path: path.write_text("a,b\n1,2\n"), "intact Parquet file, got .* Write it again"),
        (lambda path: path.write_bytes(b""), "intact Parquet file"),
        (_truncate, "intact Parquet file"),
        (_corrupt, "intact Parquet file"),
    ],
    ids=["checksum", "UTF-8", "missing", "empty folder", "csv", "no bytes", "truncated", "corrupt"],
)
def test_what_is_no_parquet_is_refused(tmp_path, make, message, take):
    """A file that is not Parquet is refused with its name and a fix, whichever columns are taken."""
    make(tmp_path / "data")
    with pytest.raises(DataError, match=message):
        list(take(open_table(tmp_path / "data")))


def test_files_of_a_folder_have_one_schema(tmp_path):
    """Files that do not match are refused by name."""
    _write(tmp_path / "a.parquet", [1])
    _write(tmp_path / "b.parquet", ["x"])
    with pytest.raises(
        DataError, match=r"one type in column 'n' in all files, int64, got .*b\.parquet"
    ):
        open_table(tmp_path)


@pytest.mark.parametrize("names", [["a", "a"], ["b"]])
def test_a_column_must_be_there_once(tmp_path, names):
    """A column that is missing or ambiguous is refused, and the columns are listed."""
    pq.write_table(pa.Table.from_arrays([pa.array([1])] * len(names), names), tmp_path / "data")
    with pytest.raises(DataError, match=r"split.key must name a column that occurs once, got 'a'"):
        open_table(tmp_path / "data").require(["a"], "split.key")


def test_rows_without_columns_are_counted(tmp_path, monkeypatch):
    """A table without columns still has rows."""
    monkeypatch.setattr(blocks, "BLOCK_ROWS", 2)
    empty = pa.table({"a": [1, 2, 3]}).select([])
    pq.write_table(empty, tmp_path / "data")
    table = open_table(tmp_path / "data")
    assert sum(block.num_rows for block in table.blocks()) == table.rows


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (pa.string_view(), ["a", None]),
        (pa.binary_view(), [b"a", None]),
        (pa.list_(pa.string_view()), [["a"], None]),
        (pa.large_list(pa.binary_view()), [[b"a"], None]),
        (pa.list_(pa.string_view(), 1), [["a"], None]),
        (pa.struct([("s", pa.string_view())]), [{"s": "a"}, None]),
        (pa.map_(pa.string_view(), pa.string_view()), [[("k", "a")], None]),
    ],
    ids=str,
)
def test_views_are_read_as_what_they_show(tmp_path, kind, values):
    """Rows with texts that are stored as views can be taken out of a table."""
    pq.write_table(pa.table({"c": pa.array(values, kind)}), tmp_path / "data")
    (block,) = open_table(tmp_path / "data").blocks()
    assert "view" not in str(block.schema)
    assert block.take(pa.array([1, 0]))["c"].to_pylist() == values[::-1]
