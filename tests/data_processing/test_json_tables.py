"""Tests of kfp_component_lib.data_processing.json_tables."""

import gzip

import pyarrow as pa
import pytest

from kfp_component_lib.data_processing.json_tables import open_jsonl


def _read(path):
    with open_jsonl(path) as (schema, batches):
        return schema, [row for batch in batches for row in batch.to_pylist()]


def test_lines_are_rows(tmp_path):
    """Types are those of the values, and what a line lacks is null."""
    (tmp_path / "in").write_text('{"a": 1, "b": "x"}\n\n{"a": null}\n{"b": "null", "a": 3}')
    schema, rows = _read(tmp_path / "in")
    assert schema == pa.schema([("a", pa.int64()), ("b", pa.string())])
    assert rows == [{"a": 1, "b": "x"}, {"a": None, "b": None}, {"a": 3, "b": "null"}]


def test_compressed_lines_are_read(tmp_path):
    """The name's ending says how."""
    (tmp_path / "in.gz").write_bytes(gzip.compress(b'{"a": 1}\n'))
    assert _read(tmp_path / "in.gz")[1] == [{"a": 1}]


@pytest.mark.parametrize("line", [1, 2, 3, 200_000])
@pytest.mark.parametrize("written", ["null", "  null", "\tnull "])
def test_a_line_null_is_refused(tmp_path, line, written):
    """pyarrow would crash on it or make a row of it; the message counts its lines."""
    lines = ['{"a": 1}'] * (line - 1) + [written] + ['{"a": 1}'] * 2
    (tmp_path / "in").write_text("\n".join(lines) + "\n")
    with pytest.raises(pa.ArrowInvalid, match=f"^line {line} is null, not an object$"):
        _read(tmp_path / "in")


def test_a_null_within_a_line_is_a_value(tmp_path):
    """It stands behind a name."""
    (tmp_path / "in").write_text('{"a": 1, "b": null}\n{"b":null, "a": null}\n')
    assert _read(tmp_path / "in")[1] == [{"a": 1, "b": None}, {"a": None, "b": None}]


def test_a_later_value_of_another_type_is_refused(tmp_path):
    """Types are those of the first block; no value becomes null without a word."""
    lines = ['{"a": 1}'] * 200_000 + ['{"a": "x"}']
    (tmp_path / "in").write_text("\n".join(lines))
    with pytest.raises(pa.ArrowInvalid, match="a"):
        _read(tmp_path / "in")
