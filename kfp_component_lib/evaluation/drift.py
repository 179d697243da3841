"""Detecting whether the columns of a table are still distributed as they were."""

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
    """The thresholds above which a column has drifted.

    Attributes:
        psi: Threshold of the population stability index; 0.1 is often called a small change and 0.2
            a large one.
        ks: Threshold of the Kolmogorov-Smirnov distance; 1 turns this check off.
        missing: Threshold of the change in the share of null and NaN; 1 turns this check off.
    """

    psi: float = 0.2
    ks: float = 1.0
    missing: float = 0.1

    def __post_init__(self) -> None:
        """Refuse invalid thresholds."""
        valid = 0 < self.psi < np.inf
        check(
            valid, f"{_FIELD}.psi_threshold", "be above 0 and finite", self.psi, "For example 0.2"
        )
        for name, value in (("ks", self.ks), ("missing", self.missing)):
            field, fix = f"{_FIELD}.{name}_threshold", "Set it to 1 to turn this check off"
            check(0 < value <= 1, field, "be above 0 and at most 1", value, fix)


@dataclass(frozen=True)
class ColumnDrift:
    """How far the distribution of one column has moved.

    Attributes:
        name: Name of the column.
        change: What happened to the column: `added`, `removed`, `retyped`, or empty.
        reasons: The reasons why it has drifted, as text; empty if it has not.
        psi: Population stability index; None unless both tables hold the column as one type.
        ks: Kolmogorov-Smirnov distance; None for texts, or if one side has no values.
        ks_error: How much too small `ks` may be; 0 for up to 8192 different values per side.
        missing: Change in the share of null and NaN, current minus reference.
        counted_only: Whether the values, such as lists, are only counted and not compared.
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
    """The result of a comparison.

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
    as texts, whatever type stores them. A column that only one table has, or whose values mean
    something else in the other table, cannot be compared and counts as drifted. The population
    stability index is computed over the parts that `distances.parts_of` returns. Memory: see
    `statistics.columns.profile_rows`.

    Args:
        reference: Parquet file or folder with the earlier rows.
        current: Parquet file or folder with the current rows.
        out_markdown: Path of the report.
        out_html: Path of the same report as a page.
        columns: Columns to compare; if empty, all columns of both tables.
        thresholds: The thresholds above which a column has drifted.
        about: More facts about the data that the page shows, by name.

    Returns:
        The result. Its `metrics` hold the numbers of `columns`, `drifted_columns`, `added_columns`,
        `removed_columns`, `retyped_columns` and `uncompared_columns`, whose values were only
        counted; `max_psi`, `max_ks` and `max_missing_change`; and `psi/NAME`, `ks/NAME` and
        `missing/NAME` for the 50 columns with the largest index.

    Raises:
        DataError: If a threshold is invalid, neither table has a named column, or a table is empty.
        OSError: If a report cannot be written.
    """
    old, new = _opened(reference, "reference"), _opened(current, "current")
    types = _types(old, new, columns)
    shared = {name: kind for name, kind in types.items() if kind is not None}
    before, after = (
        {column.name: column for column in profile_rows(side, types=shared, only_bins=True).columns}
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
    check(rows.rows, f"{_FIELD}.{side}", "have rows", rows.rows, "Check the previous step")
    rows.require(rows.schema.names, f"{_FIELD}.{side}", "have each column once")
    return rows


def _types(old: Table, new: Table, columns: Sequence[str]) -> Mapping[str, pa.DataType | None]:
    """Return the type in which to compare each column, or None if it cannot be compared."""
    known = dict.fromkeys([*old.schema.names, *new.schema.names])
    for name in columns:
        fix = f"The datasets have the columns {list(known)}"
        check(name in known, f"{_FIELD}.columns", "name columns of the datasets", name, fix)
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
        # In float64, a difference such as that of 0.8 and 0.7 is a little more than 0.1.
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
    "KS: distance between the distributions",
    "possible error of KS",
    "missing: change in the share",
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
