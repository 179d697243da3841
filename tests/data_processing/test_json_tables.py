"""Tests of kfp_component_lib.data_processing.json_tables against Python's json."""

import gzip
import json
import math

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kfp_component_lib.data_processing import json_tables
from kfp_component_lib.data_processing.loading import ReadOptions, load_table
from kfp_component_lib.errors import DataError

_FIRST = '{"a": 1}\n' * 40  # More than is read at first to find the types.


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    monkeypatch.setattr(json_tables, "_BLOCK_BYTES", 128)


def _load(folder, text, **options):
    content = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    (folder / "in").write_bytes(content)
    metadata = load_table(folder / "in", folder / "out", "jsonl", ReadOptions(**options))
    return metadata["schema"], pq.read_table(folder / "out").to_pylist()


@pytest.mark.parametrize("first", ["", _FIRST], ids=["first", "late"])
@pytest.mark.parametrize(
    ("line", "kind", "value"),
    [
        ('{"a": 1.5}', "double", 1.5),
        ('{"a": 18446744073709551615}', "uint64", 2**64 - 1),
        ('{"a": null}', "int64", None),
    ],
)
def test_a_later_row_decides_the_type_as_the_first_does(tmp_path, first, line, kind, value):
    """The type of a column can hold all of its values, wherever they are in the file."""
    schema, rows = _load(tmp_path, first + '{"a": 1}\n' + line)
    assert schema == f"a: {kind}"
    assert rows[-1] == {"a": value}


@pytest.mark.parametrize("first", ["", _FIRST], ids=["first", "late"])
@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"a": "x"}', r"one kind in column 'a', got 'number in line 1, text in line \d+'"),
        ('{"a": [1]}', "one kind in column 'a'"),
        ('{"a": true}', "one kind in column 'a'"),
        ('{"a": 18446744073709551616}', r"int64 holds exactly, got 1844.* decimal256\(20, 0\)"),
        ('{"a": 1e999}', "numbers that float64 holds"),
        ('{"a": NaN}', "NaN, which is not JSON"),
        ('{"a": -Infinity}', "-Infinity, which is not JSON"),
        ('{"a": 1, "a": 2}', "twice"),
        ('{"a": 01}', "in line"),
        ('{"a": 1,}', "in line"),
        ('{"a": 1} {"a": 2}', "in line .*Extra data"),
        ('{"a":\n1}', "in line"),
        ('{"a": 1', "in line"),
        ("[1]", "list, not an object"),
        ("1", "number, not an object"),
        ('"x"', "text, not an object"),
        ("true", "truth, not an object"),
        ('{"a": "\\ud800"}', "intact jsonl file|one kind"),
        ('{"\\ud800": 1}', r"names that are Unicode text in line \d+, got .*ud800"),
        ('{"b": {}}', "have fields in the objects of 'b'"),
    ],
)
def test_what_is_no_row_is_refused(tmp_path, first, line, message):
    """The message says what is wrong, whether near the start of the file or in a later row."""
    with pytest.raises(DataError, match=message):
        _load(tmp_path, f'{first}{{"a": 1}}\n{line}\n')
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize("first", ["", '{"a": "x"}\n' * 40], ids=["first", "late"])
def test_text_that_is_no_utf8_is_refused(tmp_path, first):
    """Text that is not UTF-8 would make the Parquet file unreadable, so it is refused."""
    with pytest.raises(DataError, match=r"in line \d+, got .*'utf-8' codec can't decode byte 0xff"):
        _load(tmp_path, first.encode() + b'{"a": "\xff"}\n')


def test_a_double_that_a_longer_number_was_is_looked_at(tmp_path):
    """A whole number that float64 would round is refused, unless the type float64 is stated."""
    text = '{"a": 1.5}\n' * 300 + '{"a": 9007199254740993}\n'
    with pytest.raises(DataError, match="float64 holds exactly, got 9007199254740993"):
        _load(tmp_path, text)
    schema, rows = _load(tmp_path, text, column_types={"a": "float64"})
    assert (schema, rows[-1]) == ("a: double", {"a": 9007199254740992.0})


def test_texts_stay_texts(tmp_path):
    """JSON has its own types, so a text becomes a time only if that type is stated."""
    line = '{"a": "2020-01-01T00:00:00Z"}'
    assert _load(tmp_path, line) == ("a: string", [{"a": "2020-01-01T00:00:00Z"}])
    stated = {"column_types": {"a": "timestamp[us, tz=UTC]"}}
    assert _load(tmp_path, line, **stated)[0] == "a: timestamp[us, tz=UTC]"
    with pytest.raises(
        DataError, match=r"column_types'\] must fit all values.*row 1: .*zone offset"
    ):
        _load(tmp_path, line, column_types={"a": "timestamp[us]"})


@pytest.mark.parametrize(
    ("lines", "options", "rows"),
    [
        ('{"a": "00501"}', {"column_types": {"a": "int64"}}, [{"a": 501}]),
        ('{"a": 1.10}', {"column_types": {"a": "decimal128(9, 2)"}}, [{"a": 1.10}]),
        ('{"a": 501}', {"column_types": {"a": "string"}}, [{"a": "501"}]),
        ('{"a": 1, "b": 1}\n{"a": 2, "b": "x"}', {"drop": ["b"]}, [{"a": 1}, {"a": 2}]),
        ('{"a": 1}\n{"b": 2}', {"columns": ["b"]}, [{"b": None}, {"b": 2}]),
        ('{"a": 1}\n\n \t\n{"a": 2}\n', {}, [{"a": 1}, {"a": 2}]),
        ('\ufeff{"a": 1}\r\n{"a": 2}', {}, [{"a": 1}, {"a": 2}]),
        ('{"a": {"b": [1, null, 2.5]}}', {}, [{"a": {"b": [1.0, None, 2.5]}}]),
        ('{"a": 1}\n{}', {}, [{"a": 1}, {"a": None}]),
    ],
)  # fmt: skip
def test_what_is_stated_counts(tmp_path, lines, options, rows):
    """Stated types and columns take effect; blank lines and missing fields are accepted."""
    found = _load(tmp_path, lines, **options)[1]
    assert [
        {k: float(v) if str(v) == "1.10" else v for k, v in row.items()} for row in found
    ] == rows


def test_a_misfit_names_its_row(tmp_path):
    """If a late value does not fit the stated type, the message names its column and row."""
    text = '{"a": "1"}\n' * 300 + '{"a": "x"}\n' + '{"a": "1"}\n' * 10
    with pytest.raises(DataError, match=r"column 'a', got 'int64' \(row 301: .*'x'"):
        _load(tmp_path, text, column_types={"a": "int64"})


def test_a_line_longer_than_a_block_is_read(tmp_path):
    """A line is one row, even if it is longer than a block."""
    rows = [{"a": "x"}, {"a": "y" * 5000}, {"a": "z"}]
    text = "\n".join(map(json.dumps, rows))
    assert _load(tmp_path, text)[1] == rows
    assert _load(tmp_path, '{"a": "x"}\n' * 40 + text)[1][-3:] == rows


def test_compressed_lines_are_read(tmp_path):
    """Compression is detected by the content, and a truncated file is refused."""
    content = gzip.compress(_FIRST.encode())
    assert len(_load(tmp_path, content)[1]) == 40
    with pytest.raises(DataError, match=r"intact jsonl file.*Truncated"):
        _load(tmp_path, content[:-20])


@pytest.mark.parametrize("depth", [70, 5_000, 200_000])
def test_deep_nesting_is_refused(tmp_path, depth):
    """Deep nesting is refused, and crashes neither Python nor pyarrow."""
    with pytest.raises(DataError, match=r"jsonl file|nested"):
        _load(tmp_path, '{"a": ' + "[" * depth + "]" * depth + "}\n")
    with pytest.raises(DataError, match=r"jsonl file|nested"):
        _load(tmp_path, _FIRST + '{"b": ' + "[" * depth + "]" * depth + "}\n")


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("ab"), inner, max_size=2),
    max_leaves=4,
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100
)
@given(rows=st.lists(st.dictionaries(st.sampled_from("xyz"), _VALUES), min_size=1, max_size=8))
def test_rows_arrive_or_are_refused(tmp_path_factory, monkeypatch, rows):
    """Any objects are either loaded with the same values or refused, even in small blocks."""
    monkeypatch.setattr(json_tables, "_BLOCK_BYTES", 16)
    try:
        found = _load(tmp_path_factory.mktemp("json"), "\n".join(map(json.dumps, rows)))[1]
    except DataError:
        return
    names = list(dict.fromkeys(name for row in rows for name in row))
    assert len(found) == len(rows)
    for mine, theirs in zip(found, rows, strict=True):
        assert all(_same(mine[name], theirs.get(name)) for name in names)


def _same(found, wanted):
    """Return whether a value equals the one that was written; a missing field is null."""
    if isinstance(found, dict):
        return all(_same(found[key], (wanted or {}).get(key)) for key in found)
    if isinstance(found, list):
        return len(found) == len(wanted) and all(map(_same, found, wanted))
    if isinstance(found, float) and math.isnan(found):
        return math.isnan(wanted)
    return found == wanted and isinstance(found, bool) == isinstance(wanted, bool)
