"""Tests of kfp_component_lib.tables."""

import threading
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kfp_component_lib import tables
from kfp_component_lib.errors import DataError
from kfp_component_lib.tables import numbers, open_table, to_arrow, to_numpy, write_table

_SCHEMA = pa.schema([("n", pa.int64())])


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
    monkeypatch.setattr(tables, "BLOCK_ROWS", block)
    read = [b["n"].to_pylist() for b in open_table(folder).blocks(start=start, stop=start + length)]
    wanted = numbers[start : start + length].tolist()
    assert read == [wanted[i : i + block] for i in range(0, len(wanted), block)]


def test_writing_and_reading_agree(tmp_path):
    """What was written is read, and described in the metadata."""
    batches = [pa.record_batch({"n": [1, 2]}), pa.record_batch({"n": [None]}, schema=_SCHEMA)]
    metadata = write_table(tmp_path / "out", _SCHEMA, batches)
    assert metadata == {"rows": 3, "columns": 1, "schema": "n: int64"}
    assert pq.read_table(tmp_path / "out")["n"].to_pylist() == [1, 2, None]


def test_floats_are_written_without_a_dictionary(tmp_path):
    """They seldom repeat; texts do."""
    batch = pa.record_batch({"number": [1.5, 1.5], "text": ["a", "a"]})
    write_table(tmp_path / "data", batch.schema, [batch])
    group = pq.ParquetFile(tmp_path / "data").metadata.row_group(0)
    assert [group.column(n).has_dictionary_page for n in range(2)] == [False, True]


@pytest.mark.parametrize(
    ("fields", "columns"),
    [
        ([("a", pa.int64()), ("b", pa.string())], True),
        ([("a", pa.float32()), ("b", pa.string())], ["b"]),
        # The writer knows what is nested by other names.
        ([("a", pa.float64()), ("b", pa.list_(pa.string()))], True),
    ],
)
def test_dictionary_columns_are_those_without_floats(fields, columns):
    """True stands for all."""
    assert tables.dictionary_columns(pa.schema(fields)) == columns


def test_an_error_while_writing_leaves_nothing(tmp_path):
    """A batch of another schema ends the writing, and no file is there."""
    batches = [pa.record_batch({"n": [1]}), pa.record_batch({"other": ["x"]})]
    with pytest.raises(ValueError, match="schema"):
        write_table(tmp_path / "out", _SCHEMA, batches)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch):
    """When the disk is full the error says so, and no file is there."""

    class FullDisk(pq.ParquetWriter):
        def write_batch(self, *args, **kwargs):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(tables.pq, "ParquetWriter", FullDisk)
    with pytest.raises(OSError, match="No space left"):
        write_table(tmp_path / "out", _SCHEMA, [pa.record_batch({"n": [1]})])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_no_thread_is_left_after_an_error(tmp_path, failing):
    """Whichever batch cannot be written, its error is raised and the threads are those of before."""
    batches = [pa.record_batch({"n": [n]}) for n in range(3)]
    batches[failing] = pa.record_batch({"other": ["x"]})
    before = threading.enumerate()
    with pytest.raises(ValueError, match="schema"):
        write_table(tmp_path / "out", _SCHEMA, batches)
    assert threading.enumerate() == before
    assert not list(tmp_path.iterdir())


def test_an_error_while_making_ends_the_writing(tmp_path):
    """The maker's error is raised, no file is there, and no thread is left."""

    def batches():
        yield pa.record_batch({"n": [1]})
        raise DataError("made wrong")

    before = threading.enumerate()
    with pytest.raises(DataError, match="made wrong"):
        write_table(tmp_path / "out", _SCHEMA, batches())
    assert threading.enumerate() == before
    assert not list(tmp_path.iterdir())


def test_memory_of_the_last_but_one_batch_may_be_used_again(tmp_path, monkeypatch):
    """When a batch is asked for, all but the last one are written, however slow the writing is."""
    written, seen = [], []

    class Slow(pq.ParquetWriter):
        def write_batch(self, batch, **options):
            time.sleep(0.02)
            super().write_batch(batch, **options)
            written.append(batch["n"][0].as_py())

    def batches():
        for n in range(4):
            seen.append(written[:])
            yield pa.record_batch({"n": [n]})

    monkeypatch.setattr(tables.pq, "ParquetWriter", Slow)
    write_table(tmp_path / "out", _SCHEMA, batches())
    assert all(seen[n][: n - 1] == list(range(n - 1)) for n in range(1, 4))


def _corrupt(path):
    _write(path, np.arange(10_000), 10_000)
    content = bytearray(path.read_bytes())
    content[40:20_000] = b"\xff" * 19_960
    path.write_bytes(content)


def _truncate(path):
    _write(path, np.arange(10_000))
    path.write_bytes(path.read_bytes()[:1000])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "It is missing"),
        (lambda path: path.mkdir(), r"be a folder that holds files \*\.parquet"),
        (lambda path: path.write_text("a,b\n1,2\n"), "intact Parquet file, got .* Write it again"),
        (lambda path: path.write_bytes(b""), "intact Parquet file"),
        (_truncate, "intact Parquet file"),
        (_corrupt, "intact Parquet file"),
    ],
    ids=["missing", "empty folder", "csv", "no bytes", "truncated", "corrupt"],
)
def test_what_is_no_parquet_is_refused(tmp_path, make, message):
    """The message names the file and what to do."""
    make(tmp_path / "data")
    with pytest.raises(DataError, match=message):
        list(open_table(tmp_path / "data").blocks())


def test_files_of_a_folder_have_one_schema(tmp_path):
    """Files that do not fit together are refused by name."""
    _write(tmp_path / "a.parquet", [1])
    _write(tmp_path / "b.parquet", ["x"])
    with pytest.raises(DataError, match=r"one schema in all files, n: int64, got .*b\.parquet"):
        open_table(tmp_path)


@pytest.mark.parametrize("names", [["a", "a"], ["b"]])
def test_a_column_must_be_there_once(tmp_path, names):
    """A column that is missing or ambiguous is refused, and the columns are listed."""
    pq.write_table(pa.Table.from_arrays([pa.array([1])] * len(names), names), tmp_path / "data")
    with pytest.raises(DataError, match=r"split.key must name a column that occurs once, got 'a'"):
        open_table(tmp_path / "data").require(["a"], "split.key")


def test_rows_without_columns_are_counted(tmp_path, monkeypatch):
    """A table without columns has rows nevertheless."""
    monkeypatch.setattr(tables, "BLOCK_ROWS", 2)
    empty = pa.table({"a": [1, 2, 3]}).select([])
    pq.write_table(empty, tmp_path / "data")
    table = open_table(tmp_path / "data")
    assert sum(block.num_rows for block in table.blocks()) == table.rows


_KINDS = [pa.float64(), pa.float32(), pa.int64(), pa.int32(), pa.uint64(), pa.uint8()]


@pytest.mark.parametrize("kind", _KINDS, ids=str)
@given(
    values=st.lists(st.one_of(st.none(), st.integers(0, 200)), max_size=40),
    start=st.integers(0, 40),
    length=st.integers(0, 40),
)
def test_values_in_numpy_are_those_of_pyarrow(kind, values, start, length):
    """Wherever a column begins in its buffers; nulls become what is asked for."""
    column = pa.array(values, kind).slice(min(start, len(values)), length)
    found = to_numpy(column, 7)
    wanted = column.fill_null(7).to_numpy(zero_copy_only=False)
    assert found.dtype == wanted.dtype
    assert found.tolist() == wanted.tolist()
    assert to_arrow(found).equals(column.fill_null(7))
    with_nan = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    np.testing.assert_array_equal(numbers(column), with_nan)


def test_a_buffer_may_be_longer_than_its_values():
    """By any number of bytes, as those of other libraries are."""
    buffer = pa.py_buffer(np.arange(3.0).tobytes()[:19])
    column = pa.Array.from_buffers(pa.float64(), 2, [None, buffer])
    assert to_numpy(column, 0).tolist() == [0.0, 1.0]
