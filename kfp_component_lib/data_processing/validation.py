"""Validates a table against rules, and reports where it breaks them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from kfp_component_lib.data_processing.value_rules import Breaks, UnfitError, rule_breaks
from kfp_component_lib.errors import DataError
from kfp_component_lib.files import StrPath, write_text
from kfp_component_lib.reports.markdown import markdown_table
from kfp_component_lib.tables.arrays import decoded, to_python
from kfp_component_lib.tables.reading import Table, open_table
from kfp_component_lib.tables.type_names import is_what

__all__ = ["RuleResult", "ValidationResult", "validate_table"]

_FIELD = "validate_dataset"


@dataclass(frozen=True)
class RuleResult:
    """The result of one rule.

    Attributes:
        column: Name of the column, or an empty text for the whole table.
        rule: The rule with its value, as text.
        violations: Number of rows that break it; 1 if the table or column as a whole breaks it.
        example: The first value that breaks it, or the problem of the column, as text.
    """

    column: str
    rule: str
    violations: int
    example: str


@dataclass(frozen=True)
class ValidationResult:
    """The result of a validation.

    Attributes:
        passed: Whether the table meets every rule.
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

    All columns are read, also those without a rule, so a table that passes can be read.

    Args:
        source: Parquet file or folder.
        out_markdown: Path of the report; it is written before an error is raised.
        schema: Type of each column that must exist, as `type_names.is_what` reads it, such as
            `{"age": "int64", "city": "string"}`. The type describes the values and not their
            storage: a dictionary of texts is a string, and an int32 is an int64.
        rules: For each column any of: `not_null` (true), `min` and `max` (a number, a date or a
            time, which may be a text; a NaN breaks them, a null does not), `values` (a list; a null
            is allowed) and `pattern` (a regular expression that the whole text must match; a null
            is allowed). A column breaks a rule if it is missing, or if the rule cannot apply to
            its type.
        min_rows: Smallest number of rows that is accepted.
        fail_on_error: Whether a broken rule is an error.

    Returns:
        The result.

    Raises:
        DataError: If the table cannot be read, if a rule or type is unknown, or if a rule is broken
            and `fail_on_error` is set.
        OSError: If the report cannot be written.
    """
    table = open_table(source, f"{_FIELD}.data")
    found = _schema_results(table, schema or {})
    rows, broken_rows = _row_results(table, rules or {})
    few = RuleResult("", f"at least {min_rows} rows", int(rows < min_rows), f"{rows} rows")
    result = _result(rows, [few, *found, *broken_rows])
    write_text(out_markdown, _report(result))
    if fail_on_error:
        _require_passed(result)
    return result


def _result(rows: int, found: list[RuleResult]) -> ValidationResult:
    broken = [result for result in found if result.violations]
    figures = (rows, len(found), len(broken), sum(r.violations for r in broken))
    names = ("rows", "rules", "broken_rules", "violations")
    return ValidationResult(not broken, dict(zip(names, map(float, figures), strict=True)), found)


def _require_passed(result: ValidationResult) -> None:
    broken = [each for each in result.rules if each.violations]
    if broken:
        first = broken[0]
        rule = f"keep {first.rule} in {first.column or 'the table'!r}"
        got = f"{first.violations} violations such as {first.example}"
        fix = (
            f"{len(broken)} of {len(result.rules)} rules are broken: correct the data or the rules"
        )
        raise DataError(f"{_FIELD}.data", rule, got, fix)


def _schema_results(table: Table, schema: Mapping[str, str]) -> list[RuleResult]:
    results = []
    for name, wanted in schema.items():
        count = table.schema.names.count(name)
        kind = table.schema.field(name).type if count == 1 else pa.null()
        fits = is_what(kind, wanted, f"{_FIELD}.schema of {name!r}") and count == 1
        found = str(kind) if count == 1 else f"{count} columns"
        results.append(RuleResult(name, f"type {wanted}", int(not fits), found))
    return results


@dataclass
class _Check:
    """One rule of one column, and its findings so far."""

    column: str
    rule: str
    breaks: Breaks | None
    violations: int = 0
    example: str = ""

    def add(self, column: pa.Array) -> None:
        if self.breaks is None:
            return
        broken = self.breaks(column)
        count = int(np.count_nonzero(broken))
        if count and not self.violations:
            self.example = repr(to_python(column.slice(int(broken.argmax()), 1))[0])[:80]
        self.violations += count


def _row_results(
    table: Table, rules: Mapping[str, Mapping[str, Any]]
) -> tuple[int, list[RuleResult]]:
    """Return the number of rows that were read, and the results of the rules about values."""
    checks = [_check(table, column, *rule) for column in rules for rule in rules[column].items()]
    by_column: dict[str, list[_Check]] = {}
    for one in checks:
        if one.breaks is not None:
            by_column.setdefault(one.column, []).append(one)
    rows = 0
    for block in table.intact_blocks(list(by_column)):
        rows += block.num_rows
        for name, those in by_column.items():
            column = decoded(block.column(name))
            for one in those:
                one.add(column)
    return rows, [RuleResult(one.column, one.rule, one.violations, one.example) for one in checks]


def _check(table: Table, column: str, name: str, value: Any) -> _Check:
    """Return the check of a rule, already finished if the column as a whole breaks the rule."""
    rule, count = f"{name} = {_plain(value)!r}", table.schema.names.count(column)
    kind = table.schema.field(column).type if count == 1 else pa.null()
    breaks, why = None, f"{count} columns"
    try:
        breaks = rule_breaks(name, value, kind, f"{_FIELD}.rules of {column!r}")
    except UnfitError as unfit:
        why = str(unfit) if count == 1 else why
    if count == 1 and breaks:
        return _Check(column, rule, breaks)
    return _Check(column, rule, None, 1, why)


def _plain(value: Any) -> Any:
    """Return a whole number as int, since parameters of a pipeline arrive as floats."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _report(result: ValidationResult) -> str:
    verdict = "passed" if result.passed else "failed"
    counts = f"{result.metrics['broken_rules']:.0f} of {result.metrics['rules']:.0f} rules broken"
    rows = [
        (r.column or "(table)", r.rule, r.violations, r.example if r.violations else "")
        for r in sorted(result.rules, key=lambda r: -r.violations)
    ]
    header = ("column", "rule", "violations", "for example")
    return f"# Validation {verdict}\n\n{counts}.\n\n{markdown_table(header, rows)}"
