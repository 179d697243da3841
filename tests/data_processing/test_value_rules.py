"""Tests of kfp_component_lib.data_processing.value_rules: values are compared exactly."""

import datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from kfp_component_lib.data_processing.value_rules import UnfitError, rule_breaks
from kfp_component_lib.errors import DataError
from kfp_component_lib.tables.arrays import decoded

_BIG = 2**53


@pytest.mark.parametrize(
    ("column", "rule", "value", "broken"),
    [
        (pa.array([_BIG, _BIG + 1]), "max", _BIG, [False, True]),
        (pa.array([_BIG, _BIG + 1]), "max", str(_BIG), [False, True]),
        (pa.array([2**64 - 1, 2**64 - 2], pa.uint64()), "max", str(2**64 - 2), [True, False]),
        (pa.array([1, 2, None], pa.int8()), "min", 1.5, [True, False, False]),
        (pa.array([1, 2], pa.int8()), "max", 1e300, [False, False]),
        (pa.array([1, 2]), "max", "1e999999999", [False, False]),
        (pa.array([1, 2]), "max", "-1e999999999", [True, True]),
        (pa.array([0, 1]), "min", "1e-999999999", [True, False]),
        (pa.array([Decimal("0.1")], pa.decimal32(5, 2)), "max", "0.05", [True]),
        (pa.array([1, 2], pa.int8()), "min", float("-inf"), [False, False]),
        (pa.array([float(_BIG)]), "min", str(_BIG + 1), [True]),
        (pa.array([float(_BIG)]), "max", str(_BIG - 1), [True]),
        (pa.array([0.1], pa.float32()), "max", 0.1, [True]),
        (pa.array([0.1, float("nan"), None]), "max", 0.1, [False, True, False]),
        (pa.array([Decimal("0.10"), Decimal("0.11"), None]), "max", "0.105", [False, True, False]),
        (pa.array([Decimal("-0.10")]), "min", 0, [True]),
        (pa.array([0, 19_000], pa.date32()), "min", "2000-01-01", [True, False]),
        (pa.array([0, 19_000 * 86_400_000], pa.date64()), "min", "2000-01-01", [True, False]),
        (pa.array([0, 10**9], pa.timestamp("s")), "max", "2000-01-01T00:00:00.5", [False, True]),
        (pa.array([0, 10**18], pa.timestamp("ns", "UTC")), "max", "2000-01-01T00:00Z", [False, True]),
        (pa.array([0, 3600], pa.time32("s")), "min", "00:30", [True, False]),
        (pa.array(["a", "b", None]).dictionary_encode(), "values", ["a"], [False, True, False]),
        (pa.array([1, 2, 3]), "values", [1.0, "3"], [False, True, False]),
        (pa.array([_BIG + 1, _BIG]), "values", [str(_BIG + 1)], [False, True]),
        (pa.array([0.1, 0.2], pa.float32()), "values", [0.1], [False, True]),
        (pa.array([Decimal("0.1"), Decimal("0.2")]), "values", [0.1], [False, True]),
        (pa.array([0, 1], pa.date32()), "values", ["1970-01-01"], [False, True]),
        (pa.array([0, 1], pa.timestamp("s", "UTC")), "values", ["1970-01-01T00:00:00Z"], [False, True]),
        (pa.array([True, False]), "values", [True], [False, True]),
        (pa.array([b"a", b"b"], pa.binary(1)), "values", ["a"], [False, True]),
        (pa.array(["ab", "a\nb", None]), "pattern", "a.?b", [False, True, False]),
        (pa.array(["AB", "c"], pa.large_string()), "pattern", "(?i)ab", [False, True]),
        (pa.array(["a", None]), "not_null", True, [False, True]),
        (pa.array([float("nan"), 1.0]), "not_null", True, [True, False]),
        (pa.nulls(2), "not_null", True, [True, True]),
        (pa.nulls(2), "min", 1, [False, False]),
        (pa.array([[1], None]), "not_null", True, [False, True]),
    ],
    ids=str,
)  # fmt: skip
def test_rows_are_compared_by_value(column, rule, value, broken):
    """Values are compared without rounding, however the column stores them."""
    breaks = rule_breaks(rule, value, column.type, "f")
    assert breaks(decoded(column)).tolist() == broken


@pytest.mark.parametrize(
    ("kind", "rule", "value"),
    [
        (pa.string(), "min", 1),
        (pa.int64(), "max", "2020-01-01"),
        (pa.date32(), "min", 5),
        (pa.timestamp("s"), "min", "2020-01-01T00:00Z"),
        (pa.timestamp("s", "UTC"), "min", "2020-01-01T00:00"),
        (pa.duration("s"), "min", "00:30"),
        (pa.int64(), "pattern", "a"),
        (pa.binary(), "pattern", "a"),
        (pa.int64(), "values", ["a"]),
        (pa.list_(pa.int8()), "values", [1]),
    ],
    ids=str,
)
def test_what_cannot_be_compared_is_said(kind, rule, value):
    """A rule that cannot apply to the type of a column raises an error before a row is checked."""
    with pytest.raises(UnfitError):
        rule_breaks(rule, value, kind, "f")


@pytest.mark.parametrize(
    ("rule", "value"),
    [("min", "a"), ("max", None), ("min", float("nan")), ("values", []), ("values", "a"),
     ("values", [[1]]), ("pattern", "("), ("pattern", 1), ("not_null", False), ("unique", True)],
)  # fmt: skip
@pytest.mark.parametrize("kind", [pa.int64(), pa.string(), pa.null()], ids=str)
def test_a_rule_that_is_none_is_refused(kind, rule, value):
    """An invalid rule is refused whatever the type of the column."""
    with pytest.raises(DataError, match=r"^f must "):
        rule_breaks(rule, value, kind, "f")


def test_dates_of_python_are_texts():
    """Bounds come from JSON, so a date must be a text, and a Python date is refused."""
    with pytest.raises(DataError, match="have a number, a date or a time as min"):
        rule_breaks("min", datetime.date(2020, 1, 1), pa.date32(), "f")
