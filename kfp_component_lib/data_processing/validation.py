"""Rules that a table must keep, and a report of where it does not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kfp_component_lib.errors import DataError, check
from kfp_component_lib.files import StrPath, write_text
from kfp_component_lib.reports.markdown import markdown_table
from kfp_component_lib.tables.arrays import (
    column_kind,
    decoded,
    from_python,
    mask,
    numbers,
    to_numpy,
    to_python,
)
from kfp_component_lib.tables.reading import Table, open_table

__all__ = ["RULES", "RuleResult", "ValidationResult", "validate_table"]

_FIELD = "validate_dataset"
Breaks = Callable[[pa.Array], npt.NDArray[np.bool_]]
RULES = ("not_null", "min", "max", "values", "pattern")
"""Names of the rules that a column can have."""


@dataclass(frozen=True)
class RuleResult:
    """What became of one rule.

    Attributes:
        column: Name of the column, or an empty text for the whole table.
        rule: The rule with its value, as text.
        violations: Rows that break it, or 1 for the table.
        example: The first value that breaks it, as text.
    """

    column: str
    rule: str
    violations: int
    example: str


@dataclass(frozen=True)
class ValidationResult:
    """What a validation found.

    Attributes:
        passed: Whether no rule is broken.
        metrics: `rows`, `rules`, `broken_rules`, `violations`.
        rules: One entry per rule, in the order given.
    """

    passed: bool
    metrics: dict[str, float]
    rules: list[RuleResult]


def validate_table(
    source: StrPath,
    out_markdown: StrPath,
    schema: Mapping[str, str] | None = None,
    rules: Mapping[str, Mapping[str, Any]] | None = None,
    min_rows: int = 1,
    fail_on_error: bool = True,
) -> ValidationResult:
    """Validate a table against a schema and rules, in one pass and memory that does not grow.

    Args:
        source: Parquet file or folder.
        out_markdown: Where the report shall be; it is written before an error is raised.
        schema: Arrow type of each column that must be there, such as `{"age": "int64"}`.
        rules: For each column some of: `not_null` (true), `min` and `max` (numbers; a NaN breaks
            them, a null does not), `values` (a list; a null is allowed) and `pattern` (a regular
            expression that the whole text must match; a null is allowed).
        min_rows: Smallest number of rows.
        fail_on_error: Whether a broken rule is an error.

    Returns:
        The result.

    Raises:
        DataError: If a rule is not known or does not fit its column; or if one is broken and
            `fail_on_error` is set.
        OSError: If the report cannot be written.
    """
    schema, rules = schema or {}, rules or {}
    table = open_table(source, f"{_FIELD}.data")
    checks = _checks(table, rules)
    found = [*_schema_results(table, schema, min_rows), *_row_results(table, checks)]
    broken = [result for result in found if result.violations]
    figures = (table.rows, len(found), len(broken), sum(r.violations for r in broken))
    names = ("rows", "rules", "broken_rules", "violations")
    metrics = dict(zip(names, map(float, figures), strict=True))
    result = ValidationResult(not broken, metrics, found)
    write_text(out_markdown, _report(result))
    if broken and fail_on_error:
        first = broken[0]
        rule = f"keep {first.rule} in {first.column or 'the table'!r}"
        got = f"{first.violations} violations such as {first.example}"
        fix = f"{len(broken)} of {len(found)} rules are broken: mend the data or the rules"
        raise DataError(f"{_FIELD}.data", rule, got, fix)
    return result


@dataclass
class _Check:
    """One rule of one column, and what it has found so far."""

    column: str
    rule: str
    breaks: Breaks
    violations: int = 0
    example: str = ""

    def add(self, column: pa.Array) -> None:
        broken = np.flatnonzero(self.breaks(column))
        if len(broken) and not self.violations:
            self.example = repr(to_python(column.slice(int(broken[0]), 1))[0])[:80]
        self.violations += len(broken)


def _checks(table: Table, rules: Mapping[str, Mapping[str, Any]]) -> list[_Check]:
    table.require(rules, f"{_FIELD}.rules")
    checks = []
    for column, wanted in rules.items():
        for name, value in wanted.items():
            check(name in RULES, f"{_FIELD}.rules", f"be among {RULES}", name, "Correct its name")
            kind = column_kind(table.schema.field(column).type)
            breaks = _RULES[name](value, kind, f"{_FIELD}.rules of {column!r}")
            checks.append(_Check(column, f"{name} = {_plain(value)!r}", breaks))
    return checks


def _plain(value: Any) -> Any:
    """Return a whole number as int: parameters of a pipeline arrive as floats."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _row_results(table: Table, checks: list[_Check]) -> list[RuleResult]:
    for block in table.blocks(list(dict.fromkeys(one.column for one in checks))) if checks else ():
        for one in checks:
            one.add(decoded(block[one.column]))
    return [RuleResult(one.column, one.rule, one.violations, one.example) for one in checks]


def _schema_results(table: Table, schema: Mapping[str, str], min_rows: int) -> list[RuleResult]:
    missing = max(min_rows - table.rows, 0)
    results = [RuleResult("", f"at least {min_rows} rows", int(missing > 0), f"{table.rows} rows")]
    for name, wanted in schema.items():
        count = table.schema.names.count(name)
        found = str(table.schema.field(name).type) if count == 1 else f"{count} columns"
        results.append(RuleResult(name, f"type {wanted}", int(found != wanted), found))
    return results


def _not_null(value: Any, kind: str, field: str) -> Breaks:
    check(value is True, field, "have not_null = true", value, "Leave the rule out otherwise")
    return lambda column: mask(column.is_null(nan_is_null=kind == "number"))


def _bound(value: Any, kind: str, field: str, outside: Callable[[Any, Any], Any]) -> Breaks:
    valid = isinstance(value, int | float) and not isinstance(value, bool) and value == value
    check(valid, field, "have a number as min or max", value, "For example 0")
    check(kind == "number", field, "be a number column for min or max", kind, "Choose another rule")

    def breaks(column: pa.Array) -> npt.NDArray[np.bool_]:
        values = numbers(column)
        broken: npt.NDArray[np.bool_] = outside(values, value) | np.isnan(values)
        return broken & mask(column.is_valid())

    return breaks


def _min(value: Any, kind: str, field: str) -> Breaks:
    return _bound(value, kind, field, np.less)


def _max(value: Any, kind: str, field: str) -> Breaks:
    return _bound(value, kind, field, np.greater)


def _values(value: Any, kind: str, field: str) -> Breaks:
    valid = isinstance(value, list | tuple) and len(value) > 0
    check(valid, field, "have a list as values", value, 'For example ["a", "b"]')

    def breaks(column: pa.Array) -> npt.NDArray[np.bool_]:
        encoded = column.dictionary_encode()
        wrong = [entry not in value for entry in to_python(encoded.dictionary)]
        codes = to_numpy(encoded.indices, len(wrong))
        broken: npt.NDArray[np.bool_] = np.array([*wrong, False], np.bool_)[codes]
        return broken

    return breaks


def _pattern(value: Any, kind: str, field: str) -> Breaks:
    check(kind == "category", field, "be a text column for pattern", kind, "Choose another rule")
    check(isinstance(value, str), field, "have a text as pattern", value, 'For example "[a-z]+"')
    try:
        re.compile(value)
        pc.match_substring_regex(from_python([""], pa.string()), value)
    except (re.error, pa.ArrowInvalid) as error:
        fix = "Use RE2 syntax"
        rule = "have a regular expression as pattern"
        raise DataError(field, rule, value, fix, error) from error

    def breaks(column: pa.Array) -> npt.NDArray[np.bool_]:
        matches = pc.match_substring_regex(column.cast(pa.string()), rf"\A(?:{value})\z")
        return mask(pc.invert(matches))

    return breaks


_RULES: dict[str, Callable[[Any, str, str], Breaks]] = {
    "not_null": _not_null,
    "min": _min,
    "max": _max,
    "values": _values,
    "pattern": _pattern,
}


def _report(result: ValidationResult) -> str:
    verdict = "passed" if result.passed else "failed"
    counts = f"{result.metrics['broken_rules']:.0f} of {result.metrics['rules']:.0f} rules broken"
    rows = [
        (r.column or "(table)", r.rule, r.violations, r.example if r.violations else "")
        for r in sorted(result.rules, key=lambda r: -r.violations)
    ]
    header = ("column", "rule", "violations", "for example")
    return f"# Validation {verdict}\n\n{counts}.\n\n{markdown_table(header, rows)}"
