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
    """Each rule counts the rows that break it, and shows the first value that does."""
    monkeypatch.setattr(blocks, "BLOCK_ROWS", block)
    result = _validate(tmp_path, rules={column: rule}, fail_on_error=False)
    found = result.rules[-1]
    assert (found.column, found.violations, found.example) == (column, violations, example)
    assert result.passed == (violations == 0)
    assert result.metrics["violations"] == violations


def test_the_schema_is_checked(tmp_path):
    """A column of another type breaks the schema, and so does a missing column."""
    schema = {"n": "double", "i": "string", "missing": "double"}
    result = _validate(tmp_path, schema=schema, fail_on_error=False)
    assert [(r.column, r.violations, r.example) for r in result.rules[1:]] == [
        ("n", 0, "double"),
        ("i", 1, "int64"),
        ("missing", 1, "0 columns"),
    ]


@pytest.mark.parametrize("rule", [{"min": 0}, {"pattern": "a"}, {"values": [1]}])
@pytest.mark.parametrize("column", ["z", "l"])
def test_a_column_that_a_rule_is_not_about_breaks_it(tmp_path, column, rule):
    """A column that is missing, or whose type the rule does not allow, counts as one violation."""
    data = {"l": [[1], [2]]}
    result = _validate(tmp_path, data=data, rules={column: rule}, fail_on_error=False)
    assert [(r.column, r.violations) for r in result.rules] == [("", 0), (column, 1)]
    assert f"| {column} |" in (tmp_path / "report.md").read_text()


def test_the_rows_are_counted_and_all_columns_read(tmp_path):
    """A table with damaged pages is refused, even if no rule is about their column."""
    numbers = pa.table({"n": range(10_000), "m": range(10_000)})
    pq.write_table(
        numbers,
        tmp_path / "data",
        use_dictionary=False,
        compression="none",
        write_page_checksum=True,
    )
    content = bytearray((tmp_path / "data").read_bytes())
    content[len(content) // 2 + 5000] ^= 1
    (tmp_path / "data").write_bytes(content)
    with pytest.raises(DataError, match="intact Parquet file"):
        validate_table(tmp_path / "data", tmp_path / "report.md")


def test_too_few_rows_break_the_table(tmp_path):
    """An empty table does not pass, unless min_rows is 0."""
    empty = {"n": pa.array([], pa.float64())}
    assert not _validate(tmp_path, data=empty, fail_on_error=False).passed
    assert _validate(tmp_path, data=empty, min_rows=0).passed


def test_failing_leaves_a_report(tmp_path):
    """If a rule is broken, the report is written, and then an error names the rule."""
    with pytest.raises(DataError, match=r"keep min = 0 in 'n', got '2 violations such as -2.0'"):
        _validate(tmp_path, rules={"n": {"min": 0}})
    report = (tmp_path / "report.md").read_text()
    assert report.startswith("# Validation failed")
    assert "| n | min = 0 | 2 | -2.0 |" in report


def test_values_are_text_in_the_report(tmp_path):
    """Values are escaped in the report and do not become markup."""
    _validate(tmp_path, rules={"t": {"pattern": "[ab]*"}}, fail_on_error=False)
    assert "'&lt;x&gt;\\|'" in (tmp_path / "report.md").read_text()


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"n": {"unique": True}}, "rules of 'n' must be among .* got 'unique'"),
        ({"n": {"min": "a"}}, "have a number, a date or a time as min, got 'a'"),
        ({"n": {"max": True}}, "have a number, a date or a time as max, got True"),
        ({"z": {"min": []}}, "have a number, a date or a time as min"),
        ({"n": {"not_null": False}}, "have not_null = true"),
        ({"t": {"values": "ab"}}, "have a list as values"),
        ({"t": {"pattern": "("}}, "have a regular expression as pattern"),
    ],
)
def test_wrong_rules_are_refused(tmp_path, rules, message):
    """The message says what is wrong with the rule, and no report is written."""
    with pytest.raises(DataError, match=message):
        _validate(tmp_path, rules=rules)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
