"""Tests every component on files of every type, layout and fault."""

import sys
from pathlib import Path

import fixtures
import judge
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kfp_component_lib.data_processing.loading import ReadOptions, load_table
from kfp_component_lib.errors import DataError


def _wrong(verdicts):
    assert verdicts
    return [each for each in verdicts if each.outcome == judge.WRONG]


@pytest.fixture(autouse=True)
def _known_truth(monkeypatch):
    """Judge Parquet files without DuckDB, as the tests know their content."""
    monkeypatch.setitem(judge._READERS, "parquet", lambda *arguments: None)


@pytest.mark.parametrize("name", [*fixtures.COLUMNS, *fixtures.ODD_COLUMNS])
def test_no_component_is_wrong_about_a_type(tmp_path, name):
    """Each component handles a type correctly, or refuses it with a DataError."""
    path = fixtures.written(tmp_path / "data", fixtures.table_of(name), {})
    assert _wrong(judge.judge(path)) == []


@pytest.mark.parametrize("name", [*fixtures.COLUMNS])
def test_every_type_is_loaded_as_it_is(tmp_path, name):
    """The values of each type are loaded unchanged."""
    table = fixtures.table_of(name)
    load_table(fixtures.written(tmp_path / "data", table, {}), tmp_path / "out")
    assert pq.read_table(tmp_path / "out").to_pylist() == table.to_pylist()


@pytest.mark.parametrize("name", fixtures.LAYOUTS)
def test_every_layout_is_loaded(tmp_path, name):
    """Rows do not depend on compression, pages, encodings and row groups."""
    table, options = fixtures.LAYOUTS[name]
    metadata = load_table(fixtures.written(tmp_path / "data", table, options), tmp_path / "out")
    found = pq.ParquetFile(tmp_path / "out").read()
    assert metadata["rows"] == found.num_rows == table.num_rows
    for mine, theirs in zip(found.columns, table.columns, strict=True):
        assert mine.to_pylist() == theirs.to_pylist()


_TRIPS = ["row groups", "no rows", "a name with a dot", "a name twice", "run length"]


@pytest.mark.parametrize("name", _TRIPS)
def test_no_component_is_wrong_about_a_layout(tmp_path, name):
    """Each component handles unusual layouts correctly, or refuses them with a DataError."""
    table, options = fixtures.LAYOUTS[name]
    assert _wrong(judge.judge(fixtures.written(tmp_path / "data", table, options))) == []


@pytest.mark.parametrize("name", fixtures.TEXTS)
def test_every_text_is_loaded(tmp_path, name):
    """The rows that were written are loaded, and no component handles them wrongly."""
    file, content, options, rows = fixtures.TEXTS[name]
    (tmp_path / file).write_bytes(content)
    form = judge.format_of(tmp_path / file)
    load_table(tmp_path / file, tmp_path / "out", form, ReadOptions(**options))
    assert pq.read_table(tmp_path / "out").to_pylist() == rows
    assert _wrong(judge.judge(tmp_path / file, **options)) == []


@pytest.mark.parametrize("name", fixtures.FAULTY_TEXTS)
def test_every_faulty_text_is_refused(tmp_path, name):
    """A faulty text is refused with a DataError, and nothing is written."""
    file, content = fixtures.FAULTY_TEXTS[name]
    (tmp_path / file).write_bytes(content)
    with pytest.raises(DataError, match=r" must .*, got "):
        load_table(tmp_path / file, tmp_path / "out", judge.format_of(tmp_path / file))
    assert [path.name for path in tmp_path.iterdir()] == [file]


def _loaded(path, out):
    """Return the rows of a file, or None if it was refused."""
    try:
        load_table(path, out)
    except DataError:
        return None
    return pq.read_table(out).to_pylist()


@pytest.mark.parametrize("options", [{}, {"compression": "none"}, {"data_page_version": "2.0"}])
def test_a_damaged_file_is_refused_or_right(tmp_path, options):
    """If a bit is flipped or the file is truncated, the rows are right or the file is refused."""
    table = fixtures.table_of("string")
    path = fixtures.written(tmp_path / "data", table, {"write_page_checksum": True, **options})
    content, rows = path.read_bytes(), table.to_pylist()
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    for place in range(4, footer, max(footer // 60, 1)):
        damaged = bytearray(content)
        damaged[place] ^= 0x10
        path.write_bytes(damaged)
        assert _loaded(path, tmp_path / "out") in (None, rows), f"byte {place}"
    for end in range(0, len(content), len(content) // 20):
        path.write_bytes(content[:end])
        assert _loaded(path, tmp_path / "out") is None


def test_a_footer_is_not_believed(tmp_path):
    """If a footer states another number of rows, no rows are lost or invented."""
    table = pa.table({"n": [5, 7]})
    path = fixtures.written(tmp_path / "data", table, {"compression": "none"})
    content = path.read_bytes()
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    two, refused = 4, 0  # Thrift writes 2 as 4, and 5 as 10.
    for place in range(footer, len(content) - 8):
        if content[place] == two:
            path.write_bytes(content[:place] + b"\x0a" + content[place + 1 :])
            found = _loaded(path, tmp_path / "out")
            values = found and [value for row in found for value in row.values()]
            assert values in (None, [5, 7])
            refused += found is None
    assert refused


class _Shortened:
    """A reader of Parquet that loses the first row."""

    def __init__(self, path):
        self.read = lambda: pq.read_table(path).slice(1)


def test_judging_sees_what_is_wrong(tmp_path, monkeypatch):
    """A lost row is reported as wrong, and so is an error other than a DataError."""
    (tmp_path / "a.csv").write_bytes(b"a,b\n1,x\n2,y\n")
    kept = judge.loading.load_table
    monkeypatch.setattr(judge.pq, "ParquetFile", _Shortened)
    (loaded, *_) = judge.judge(tmp_path / "a.csv")
    assert loaded.outcome == judge.WRONG
    monkeypatch.setattr(judge.loading, "load_table", lambda *arguments: {}["rows"])
    (loaded,) = judge.judge(tmp_path / "a.csv")
    assert (loaded.outcome, loaded.detail) == (judge.WRONG, "KeyError: 'rows'")
    assert kept is load_table


@pytest.mark.parametrize(
    ("code", "outcome"),
    [("", judge.RIGHT), ("3", judge.WRONG), ("4", judge.UNCONFIRMED), ("1", judge.WRONG)],
)
def test_what_duckdb_says_counts(tmp_path, monkeypatch, code, outcome):
    """Exit code 3 means wrong and 4 means unconfirmed; a reader that fails is also reported."""
    monkeypatch.setitem(judge._READERS, "parquet", judge._same_as_duckdb)
    monkeypatch.setattr(judge, "_READER", tmp_path / "reader.py")
    monkeypatch.setenv(judge.DUCKDB, sys.executable)
    (tmp_path / "reader.py").write_text(f"raise SystemExit({code})")
    path = fixtures.written(tmp_path / "data", fixtures.table_of("string"), {})
    assert judge.judge(path, ["none"])[0].outcome == outcome


@pytest.mark.parametrize(
    ("path", "form"),
    [("a/x.CSV.gz", "csv"), ("csv/fuzzing/crash-1", "csv"), ("csv/x.parquet", "parquet"),
     ("json/a", "jsonl"), ("a/b", "parquet")],
)  # fmt: skip
def test_names_say_formats(path, form):
    """The extension of a file determines its format, or else the name of a folder."""
    assert judge.format_of(Path(path)) == form
