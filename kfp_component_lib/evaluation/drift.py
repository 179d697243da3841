"""Whether a table's columns are distributed as they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from kfp_component_lib.errors import check
from kfp_component_lib.evaluation.distances import kolmogorov_smirnov, parts_of, stability_index
from kfp_component_lib.files import StrPath, replacing_all
from kfp_component_lib.reports.html import Markup, facts, page, paragraph, section, table
from kfp_component_lib.reports.markdown import markdown_table
from kfp_component_lib.statistics.columns import ColumnProfile, profile_rows
from kfp_component_lib.statistics.common_types import common_type
from kfp_component_lib.tables.reading import Table, open_table

__all__ = ["ColumnDrift", "DriftResult", "Thresholds", "detect_drift"]

_FIELD = "detect_drift"
_NAMED = 50


@dataclass(frozen=True)
class Thresholds:
    """From where on a column has drifted.

    Attributes:
        psi: A column whose population stability index is above it has drifted; 0.1 is often called
            a small and 0.2 a large change.
        ks: One whose Kolmogorov-Smirnov distance is above it; none is, with 1.
        missing: One whose share of null and NaN has changed by more than it; none is, with 1.
    """

    psi: float = 0.2
    ks: float = 1.0
    missing: float = 0.1

    def __post_init__(self) -> None:
        """Refuse what is no threshold."""
        valid = 0 < self.psi < np.inf
        check(
            valid, f"{_FIELD}.psi_threshold", "be above 0 and finite", self.psi, "For example 0.2"
        )
        for name, value in (("ks", self.ks), ("missing", self.missing)):
            field, fix = f"{_FIELD}.{name}_threshold", "Say 1 if it shall not decide"
            check(0 < value <= 1, field, "be above 0 and at most 1", value, fix)


@dataclass(frozen=True)
class ColumnDrift:
    """How far one column's distribution has moved.

    Attributes:
        name: Name of the column.
        change: What has become of the column: `added`, `removed`, `retyped`, or nothing.
        reasons: Why it has drifted, in words; nothing if it has not.
        psi: Population stability index, None if the column is not in both tables as one type.
        ks: Kolmogorov-Smirnov distance; None for texts, or if a side has no values.
        ks_error: Most that `ks` can be too small; 0 up to 8192 different values a side.
        missing: Change of the share of null and NaN, current minus reference.
        counted_only: Whether values, such as lists, are not compared, but only counted.
    """

    name: str
    change: str = ""
    reasons: tuple[str, ...] = ()
    psi: float | None = None
    ks: float | None = None
    ks_error: float = 0.0
    missing: float | None = None
    counted_only: bool = False


@dataclass(frozen=True)
class DriftResult:
    """What a comparison found.

    Attributes:
        columns: One entry per column.
        drifted: Names of the columns that have drifted.
        metrics: Figures by name, all finite.
    """

    columns: list[ColumnDrift]
    drifted: list[str]
    metrics: dict[str, float]


def detect_drift(
    reference: StrPath,
    current: StrPath,
    out_markdown: StrPath,
    out_html: StrPath,
    columns: Sequence[str] = (),
    thresholds: Thresholds = Thresholds(),
    about: Mapping[str, object] | None = None,
) -> DriftResult:
    """Compare the columns of two tables, in one pass over each.

    Columns are compared by what their values mean: numbers as numbers, instants as instants, texts
    as texts, whatever the type that stores them. A column that is in one table alone, or whose values
    mean something else in the other, cannot be compared, and has drifted. The parts over which the
    population stability index is taken are those of `distances.parts_of`. Memory: see
    `statistics.columns.profile_rows`.

    Args:
        reference: Parquet file or folder: the rows as they were.
        current: Parquet file or folder: the rows as they are.
        out_markdown: Where the report shall be.
        out_html: Where the same report shall be as a page.
        columns: Columns to compare; all of both tables if empty.
        thresholds: From where on a column has drifted.
        about: What the page says besides of the data, by name.

    Returns:
        The result; `metrics` has the numbers of `columns`, `drifted_columns`, `added_columns`,
        `removed_columns`, `retyped_columns`, and `uncompared_columns` whose values were only counted;
        `max_psi`, `max_ks` and `max_missing_change`; and `psi/NAME`, `ks/NAME` and `missing/NAME` of
        the 50 columns with the largest index.

    Raises:
        DataError: If a threshold does not fit, no table has a column, or a table is empty.
        OSError: If a report cannot be written.
    """
    old, new = _opened(reference, "reference"), _opened(current, "current")
    types = _types(old, new, columns)
    shared = {name: kind for name, kind in types.items() if kind is not None}
    before, after = (
        {column.name: column for column in profile_rows(side, types=shared).columns}
        for side in (old, new)
    )
    found = [
        _compared(name, before[name], after[name], thresholds)
        if name in shared
        else _changed(name, old, new)
        for name in types
    ]
    drifted = [column.name for column in found if column.reasons]
    result = DriftResult(found, drifted, _metrics(found, drifted))
    with replacing_all([out_markdown, out_html]) as (markdown, html):
        markdown.write_text(_markdown(result, thresholds), encoding="utf-8")
        rows = {"rows of the reference": old.rows, "rows now": new.rows}
        known = {**(about or {}), **rows}
        html.write_text(_page(result, thresholds, known), encoding="utf-8")
    return result


def _opened(path: StrPath, side: str) -> Table:
    rows = open_table(path, f"{_FIELD}.{side}")
    check(rows.rows, f"{_FIELD}.{side}", "have rows", rows.rows, "Check the step before")
    rows.require(rows.schema.names, f"{_FIELD}.{side}", "have each column once")
    return rows


def _types(old: Table, new: Table, columns: Sequence[str]) -> Mapping[str, pa.DataType | None]:
    """Return as what each column is compared, None for one that cannot be."""
    known = dict.fromkeys([*old.schema.names, *new.schema.names])
    for name in columns:
        fix = f"The data sets have the columns {list(known)}"
        check(name in known, f"{_FIELD}.columns", "name columns of the data sets", name, fix)
    sides = [dict(zip(side.schema.names, side.schema.types, strict=True)) for side in (old, new)]
    return {
        name: common_type(*(side[name] for side in sides))
        if all(name in side for side in sides)
        else None
        for name in dict.fromkeys(columns) or known
    }


def _changed(name: str, old: Table, new: Table) -> ColumnDrift:
    if name not in new.schema.names:
        return ColumnDrift(name, "removed", ("only the reference has it",))
    if name not in old.schema.names:
        return ColumnDrift(name, "added", ("the reference does not have it",))
    before, after = (side.schema.field(name).type for side in (old, new))
    return ColumnDrift(name, "retyped", (f"was {before} and is {after}",))


def _compared(
    name: str, old: ColumnProfile, new: ColumnProfile, thresholds: Thresholds
) -> ColumnDrift:
    psi, missing = stability_index(parts_of(old, new)), new.missing - old.missing
    ks, error = (old.kind in ("number", "time") and kolmogorov_smirnov(old, new)) or (None, 0.0)
    passed = {
        f"PSI above {thresholds.psi:g}": psi > thresholds.psi,
        f"KS above {thresholds.ks:g}": ks is not None and ks > thresholds.ks,
        # Shares of 0.3 and 0.2 differ by a little more than 0.1.
        f"missing changed by more than {thresholds.missing:g}": abs(missing)
        > thresholds.missing * (1 + 1e-12),
    }
    reasons = tuple(reason for reason, holds in passed.items() if holds)
    return ColumnDrift(name, "", reasons, psi, ks, error, missing, old.kind == "other")


def _metrics(found: Sequence[ColumnDrift], drifted: Sequence[str]) -> dict[str, float]:
    indexed = sorted((c for c in found if c.psi is not None), key=lambda c: -(c.psi or 0.0))
    metrics: dict[str, float] = {
        "columns": len(found),
        "drifted_columns": len(drifted),
        **{f"{what}_columns": sum(c.change == what for c in found) for what in _CHANGES},
        "uncompared_columns": sum(c.counted_only for c in found),
        "max_psi": max((c.psi or 0.0 for c in indexed), default=0.0),
        "max_ks": max((c.ks or 0.0 for c in indexed), default=0.0),
        "max_missing_change": max((abs(c.missing or 0.0) for c in indexed), default=0.0),
    }
    for column in indexed[:_NAMED]:
        figures = {"psi": column.psi, "ks": column.ks, "missing": column.missing}
        named = {f"{what}/{column.name}": value for what, value in figures.items()}
        metrics |= {name: value for name, value in named.items() if value is not None}
    return metrics


_CHANGES = ("added", "removed", "retyped")
_HEADER = (
    "column",
    "why it has drifted",
    "PSI: population stability index",
    "KS: distance of the distributions",
    "KS may lack",
    "missing: change of the share",
)


def _rows(result: DriftResult) -> list[tuple[object, ...]]:
    ordered = sorted(
        result.columns, key=lambda c: (not c.reasons, -(np.inf if c.psi is None else c.psi))
    )
    return [(c.name, _why(c), c.psi, c.ks, c.ks_error, c.missing) for c in ordered]


def _why(column: ColumnDrift) -> str:
    note = ["values are not compared"] if column.counted_only else []
    return "; ".join([*column.reasons, *note]) or "—"


def _verdict(result: DriftResult, thresholds: Thresholds) -> str:
    count, limits = len(result.drifted), [f"a PSI above {thresholds.psi:g}"]
    if thresholds.ks < 1:
        limits.append(f"a KS distance above {thresholds.ks:g}")
    if thresholds.missing < 1:
        limits.append(f"a share of missing values changed by more than {thresholds.missing:g}")
    return (
        f"{count} of {len(result.columns)} columns have drifted: they have {', '.join(limits)}, "
        "or are not in both tables as values of one kind."
    )


def _markdown(result: DriftResult, thresholds: Thresholds) -> str:
    body = markdown_table(_HEADER, _rows(result))
    return f"# Drift\n\n{_verdict(result, thresholds)}\n\n{body}"


def _page(result: DriftResult, thresholds: Thresholds, known: Mapping[str, object]) -> Markup:
    columns = table("Largest change first", _HEADER, _rows(result))
    verdict = paragraph(_verdict(result, thresholds))
    return page("Drift", facts(known), verdict, section("Columns", columns))
