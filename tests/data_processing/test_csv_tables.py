"""Tests of kfp_component_lib.data_processing.csv_tables against pyarrow's own reader."""

import functools
import gzip
import itertools
import threading

import pyarrow as pa
import pyarrow.csv
import pytest

from kfp_component_lib.data_processing import csv_tables
from kfp_component_lib.data_processing.csv_tables import open_csv

_CSV = {
    "integers": b"a,b\n" + b"1,20\n-3,\n" * 20,
    "numbers": b"a,b\n0.5,1\nnan,\n-1e300,NA\n" * 1 + b"0.1,2\n" * 30,
    "booleans": b"a,b\n" + b"true,False\n,true\n" * 20,
    "times": b"d,t,z,h\n" + b"2020-01-02,2020-01-02 03:04:05,2020-01-02T03:04:05Z,03:04:05\n" * 20,
    "fractions": b"t\n" + b"2020-01-02 03:04:05.123456\n" * 20,
    "texts": b"a,b\n" + "ä€,x\n".encode() * 30,
    "bytes that are no UTF-8": b"a,b\n" + b"\xff\xfe,x\n" * 30,
    "mark of UTF-8": b"\xef\xbb\xbfa,b\n" + b"1,2\n" * 30,
    "names that occur twice": b"a,a\n" + b"x,1.5\n" * 20 + b"007,1\n" * 60,
    "null only": b"a,b\n" + b",1\n" * 40,
    "carriage returns and line feeds": b"a,b\r\n" + b"1,2\r\n" * 30,
    "carriage returns": b"a,b\r" + b"1,2\r" * 30,
    "no line break at the end": b"a,b\n" + b"1,2\n" * 30 + b"3,4",
    "lines without content": b"a,b\n" + b"1,2\n\n\n" * 20 + b"\n" * 3000 + b"1,2\n",
    "quotes": b"a,b\n" + b'"x,y","say ""hi"""\n' * 20,
    "an inch": b"a,b\n" + b'5" x,1\n' * 20,
    "a long line": b"a,b\n" + b"1,x\n" * 30 + b"2," + b"y" * 70 + b"\n" + b"1,x\n" * 30,
    "names only": b"a,b\n",
}


@pytest.fixture(params=[(100, 83), (128, 100), (150, 1000)])
def small(request, monkeypatch):
    """Blocks of a few lines."""
    typed, block = request.param
    monkeypatch.setattr(csv_tables, "_TYPED_BYTES", typed)
    monkeypatch.setattr(csv_tables, "_BLOCK_BYTES", block)
    monkeypatch.setattr(csv_tables, "_CACHED_BYTES", 32)


def _read(path):
    with open_csv(path) as (schema, batches):
        return pa.Table.from_batches(batches, schema)


@pytest.mark.parametrize("name", _CSV)
def test_blocks_are_the_table_that_pyarrow_reads(tmp_path, small, name):
    """Types and values are those of a reading at once, wherever blocks end."""
    (tmp_path / "data").write_bytes(_CSV[name])
    wanted = pyarrow.csv.read_csv(tmp_path / "data")
    found = _read(tmp_path / "data")
    assert found.schema == wanted.schema
    for mine, theirs in zip(found.columns, wanted.columns, strict=True):
        # NaN is not equal to itself.
        assert str(mine.to_pylist()) == str(theirs.to_pylist())


def test_blocks_do_not_depend_on_the_number_of_threads(tmp_path, small, monkeypatch):
    """The batches are the same with one thread and with eight."""
    (tmp_path / "data").write_bytes(b"a\n" + b"".join(b"%d\n" % n for n in range(1000)))
    found = []
    for threads in (1, 8):
        monkeypatch.setattr(csv_tables, "THREADS", threads)
        with open_csv(tmp_path / "data") as (_, batches):
            found.append([batch["a"].to_pylist() for batch in batches])
    assert found[0] == found[1]
    assert list(itertools.chain(*found[0])) == list(range(1000))


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n" + b"1,2\n" * 100 + b"1,x\n" + b"1,2\n" * 100,
        b"a,b\n" + b"1,2\n" * 100 + b"1,2,3\n" + b"1,2\n" * 100,
        b"a,b\n" + b",2\n" * 100 + b"1,2\n" * 100,
        b"a\n" + b"x\n" * 100 + b"\xff\n" * 100,
    ],
    ids=["type", "columns", "null", "UTF-8"],
)
def test_errors_are_those_of_one_reading(tmp_path, small, monkeypatch, content):
    """A later line that does not fit is refused as pyarrow's reader does, with its number."""
    (tmp_path / "data").write_bytes(content)
    options = pyarrow.csv.ReadOptions(block_size=150)
    stream = functools.partial(pyarrow.csv.open_csv, read_options=options)
    monkeypatch.setattr(pyarrow.csv, "open_csv", stream)
    with pytest.raises(pa.ArrowInvalid) as wanted:
        list(stream(tmp_path / "data"))
    before = threading.enumerate()
    with pytest.raises(pa.ArrowInvalid) as found:
        _read(tmp_path / "data")
    assert str(found.value) == str(wanted.value)
    assert threading.enumerate() == before


def test_a_line_break_within_quotes_is_kept(tmp_path, small):
    """It is part of the value in the first block, and in a later one unless the block ends there."""
    lines = b"1,a\n" * 10
    (tmp_path / "data").write_bytes(b"a,b\n" + lines * 5 + b'2,"x\ny"\n' + lines)
    found = _read(tmp_path / "data").to_pylist()
    assert found[50] == {"a": 2, "b": "x\ny"}
    assert len(found) == 61


def test_compressed_text_is_read(tmp_path, small):
    """The name's end says how it is compressed."""
    (tmp_path / "data.csv.gz").write_bytes(gzip.compress(_CSV["integers"]))
    assert _read(tmp_path / "data.csv.gz").num_rows == 40


def test_a_line_longer_than_a_block_is_refused(tmp_path, small):
    """Or it would have to be held in memory whole, however long it is."""
    (tmp_path / "data").write_bytes(b"a,b\n1,2\n1," + b"x" * 5000 + b"\n1,2\n" * 500)
    with pytest.raises(pa.ArrowInvalid):
        _read(tmp_path / "data")


def test_no_thread_is_left_when_reading_ends_early(tmp_path, small):
    """Whoever stops after the first batch leaves no thread behind."""
    (tmp_path / "data").write_bytes(b"a\n" + b"1\n" * 5000)
    before = threading.enumerate()
    with open_csv(tmp_path / "data") as (_, batches):
        next(iter(batches))
    assert threading.enumerate() == before
