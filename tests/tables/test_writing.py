"""Tests of kfp_component_lib.tables.writing."""

import threading
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kfp_component_lib.errors import DataError
from kfp_component_lib.tables import writing
from kfp_component_lib.tables.writing import dictionary_columns, write_table

_SCHEMA = pa.schema([("n", pa.int64())])


def test_what_is_written_can_be_read(tmp_path):
    """The file has the rows of all batches, and the metadata describes them."""
    batches = [pa.record_batch({"n": [1, 2]}), pa.record_batch({"n": [None]}, schema=_SCHEMA)]
    metadata = write_table(tmp_path / "out", _SCHEMA, batches)
    assert metadata == {"rows": 3, "columns": 1, "schema": "n: int64"}
    assert pq.read_table(tmp_path / "out")["n"].to_pylist() == [1, 2, None]


def test_floats_are_written_without_a_dictionary(tmp_path):
    """Floating-point numbers seldom repeat; texts do."""
    batch = pa.record_batch({"number": [1.5, 1.5], "text": ["a", "a"]})
    write_table(tmp_path / "data", batch.schema, [batch])
    group = pq.ParquetFile(tmp_path / "data").metadata.row_group(0)
    assert [group.column(n).has_dictionary_page for n in range(2)] == [False, True]


@pytest.mark.parametrize(
    ("fields", "columns"),
    [
        ([("a", pa.int64()), ("b", pa.string())], True),
        ([("a", pa.float32()), ("b", pa.string())], ["b"]),
        # The writer uses other names for nested columns.
        ([("a", pa.float64()), ("b", pa.list_(pa.string()))], True),
    ],
)
def test_dictionary_columns_are_those_without_floats(fields, columns):
    """True means all columns."""
    assert dictionary_columns(pa.schema(fields)) == columns


def test_an_error_while_writing_leaves_nothing(tmp_path):
    """A batch with another schema ends the writing, and there is no file."""
    batches = [pa.record_batch({"n": [1]}), pa.record_batch({"other": ["x"]})]
    with pytest.raises(ValueError, match="schema"):
        write_table(tmp_path / "out", _SCHEMA, batches)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch):
    """If the disk is full, the error says so, and there is no file."""

    class FullDisk(pq.ParquetWriter):
        def write_batch(self, *args, **kwargs):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing.pq, "ParquetWriter", FullDisk)
    with pytest.raises(OSError, match="No space left"):
        write_table(tmp_path / "out", _SCHEMA, [pa.record_batch({"n": [1]})])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_no_thread_is_left_after_an_error(tmp_path, failing):
    """Whichever batch cannot be written, its error is raised, and no new thread is left."""
    batches = [pa.record_batch({"n": [n]}) for n in range(3)]
    batches[failing] = pa.record_batch({"other": ["x"]})
    before = threading.enumerate()
    with pytest.raises(ValueError, match="schema"):
        write_table(tmp_path / "out", _SCHEMA, batches)
    assert threading.enumerate() == before
    assert not list(tmp_path.iterdir())


def test_an_error_while_making_ends_the_writing(tmp_path):
    """The error of the code that makes rows is raised; no file and no thread is left."""

    def batches():
        yield pa.record_batch({"n": [1]})
        raise DataError("n", "be made", 1, "It was made wrong")

    before = threading.enumerate()
    with pytest.raises(DataError, match="It was made wrong"):
        write_table(tmp_path / "out", _SCHEMA, batches())
    assert threading.enumerate() == before
    assert not list(tmp_path.iterdir())


def test_memory_of_the_last_but_one_batch_may_be_used_again(tmp_path, monkeypatch):
    """When a batch is requested, all but the last one have been written, however slowly."""
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

    monkeypatch.setattr(writing.pq, "ParquetWriter", Slow)
    write_table(tmp_path / "out", _SCHEMA, batches())
    assert all(seen[n][: n - 1] == list(range(n - 1)) for n in range(1, 4))
