"""Tests of kfp_component_lib.data_processing.validation."""

import math

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kfp_component_lib.data_processing.validation import validate_table
from kfp_component_lib.errors import DataError
from kfp_component_lib.tables import blocks

_DATA = {
    "n": [1.0, -2.0, math.nan, None, 5.0],
    "i": [2**62 + 1, 0, 1, 2, 3],
    "t": ["ab", "b", "<x>|", None, ""],
    "d": pa.array(["u", "v", "u", None, "w"]).dictionary_encode(),
}


def _validate(folder, data=None, **options):
    pq.write_table(pa.table(_DATA if data is None else data), folder / "data")
    return validate_table(folder / "data", folder / "report.md", **options)


@pytest.mark.parametrize("block", [1, 2, 65_536])
@pytest.mark.parametrize(
    ("column", "rule", "violations", "example"),
    [
        ("n", {"not_null": True}, 2, "nan"),
        ("n", {"min": 0}, 2, "-2.0"),
        ("n", {"max": 1.0}, 2, "nan"),
        ("i", {"min": 0}, 0, ""),
        ("t", {"values": ["ab", "b", ""]}, 1, "'<x>|'"),
        ("t", {"pattern": "[ab]*"}, 1, "'<x>|'"),
        ("t", {"pattern": "b"}, 3, "'ab'"),
        ("t", {"not_null": True}, 1, "None"),
        ("d", {"values": ["u", "v"]}, 1, "'w'"),
    ],
)
def test_rules_count_the_rows_that_break_them(
    tmp_path, monkeypatch, block, column, rule, violations, example
):
    """Each rule counts its rows, and shows the first value that breaks it."""
    monkeypatch.setattr(blocks, "BLOCK_ROWS", block)
    result = _validate(tmp_path, rules={column: rule}, fail_on_error=False)
    found = result.rules[-1]
    assert (found.column, found.violations, found.example) == (column, violations, example)
    assert result.passed == (violations == 0)
    assert result.metrics["violations"] == violations


def test_the_schema_is_checked(tmp_path):
    """Types are compared by name; a missing column breaks the schema."""
    schema = {"n": "double", "i": "string", "missing": "double"}
    result = _validate(tmp_path, schema=schema, fail_on_error=False)
    assert [(r.column, r.violations, r.example) for r in result.rules[1:]] == [
        ("n", 0, "double"),
        ("i", 1, "int64"),
        ("missing", 1, "0 columns"),
    ]


def test_too_few_rows_break_the_table(tmp_path):
    """An empty table fails unless it is allowed."""
    empty = {"n": pa.array([], pa.float64())}
    assert not _validate(tmp_path, data=empty, fail_on_error=False).passed
    assert _validate(tmp_path, data=empty, min_rows=0).passed


def test_failing_leaves_a_report(tmp_path):
    """A broken rule is an error that names it, after the report was written."""
    with pytest.raises(DataError, match=r"keep min = 0 in 'n', got '2 violations such as -2.0'"):
        _validate(tmp_path, rules={"n": {"min": 0}})
    report = (tmp_path / "report.md").read_text()
    assert report.startswith("# Validation failed")
    assert "| n | min = 0 | 2 | -2.0 |" in report


def test_values_are_text_in_the_report(tmp_path):
    """Values do not turn into markup."""
    _validate(tmp_path, rules={"t": {"pattern": "[ab]*"}}, fail_on_error=False)
    assert "'&lt;x&gt;\\|'" in (tmp_path / "report.md").read_text()


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"z": {"min": 0}}, "rules must name a column that occurs once, got 'z'"),
        ({"n": {"unique": True}}, "rules must be among .* got 'unique'"),
        ({"n": {"min": "0"}}, "have a number as min or max, got '0'"),
        ({"n": {"min": True}}, "have a number as min or max"),
        ({"n": {"not_null": False}}, "have not_null = true"),
        ({"t": {"max": 1}}, "be a number column for min or max, got 'category'"),
        ({"t": {"values": "ab"}}, "have a list as values"),
        ({"t": {"pattern": "("}}, "have a regular expression as pattern"),
        ({"n": {"pattern": "a"}}, "be a text column for pattern"),
    ],
)
def test_wrong_rules_are_refused(tmp_path, rules, message):
    """The message says what is wrong with the rule, and no report is written."""
    with pytest.raises(DataError, match=message):
        _validate(tmp_path, rules=rules)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
