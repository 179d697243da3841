"""Whether a table's columns are distributed as they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kfp_component_lib.errors import check
from kfp_component_lib.files import StrPath, replacing_all
from kfp_component_lib.reports.html import Markup, page, paragraph, section, table
from kfp_component_lib.reports.markdown import markdown_table
from kfp_component_lib.statistics.columns import ColumnProfile, profile_rows
from kfp_component_lib.tables.reading import open_table

__all__ = ["ColumnDrift", "DriftResult", "detect_drift", "kolmogorov_smirnov", "stability_index"]

Floats = npt.NDArray[np.float64]
_FIELD = "detect_drift"
_PARTS = 10
_FLOOR = 1e-4


@dataclass(frozen=True)
class ColumnDrift:
    """How far one column's distribution has moved.

    Attributes:
        name: Name of the column.
        psi: Population stability index, None if a side has no values.
        ks: Kolmogorov-Smirnov distance; None for texts, or if a side has no values.
        ks_error: Most that `ks` can be too small; 0 up to 8192 different values a side.
        missing: Change of the share of null and NaN, current minus reference.
    """

    name: str
    psi: float | None
    ks: float | None
    ks_error: float
    missing: float


@dataclass(frozen=True)
class DriftResult:
    """What a comparison found.

    Attributes:
        columns: One entry per column compared.
        drifted: Names of the columns whose psi is above the threshold.
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
    psi_threshold: float = 0.2,
) -> DriftResult:
    """Compare the columns of two tables, in one pass over each.

    The population stability index of numbers and times is taken over ten parts that hold equal
    shares of the reference, that of texts over their values; a null or NaN is no value. Shares
    below 0.0001 count as that much, so the index is finite. Memory: see `statistics.columns.profile_rows`.

    Args:
        reference: Parquet file or folder: the rows as they were.
        current: Parquet file or folder: the rows as they are.
        out_markdown: Where the report shall be.
        out_html: Where the same report shall be as a page.
        columns: Columns to compare; all that are number, time or text in both if empty.
        psi_threshold: A column whose index is above it has drifted; 0.1 is often called a small
            and 0.2 a large change.

    Returns:
        The result; `metrics` has `columns`, `drifted_columns`, `max_psi`, `max_ks`, and
        `psi/NAME` and `ks/NAME` of the 50 columns with the largest index.

    Raises:
        DataError: If a column is missing or of another kind in one table, or a table is empty.
        OSError: If a report cannot be written.

    Source:
        Siddiqi, Credit Risk Scorecards, 2006 (index); Smirnov 1939 (distance of two samples).
    """
    valid = 0 < psi_threshold < np.inf
    check(valid, f"{_FIELD}.psi_threshold", "be above 0", psi_threshold, "For example 0.2")
    old, new = _profiles(reference, "reference"), _profiles(current, "current")
    names = list(columns) or [n for n in old if n in new and _comparable(old[n], new[n])]
    found = [_compare(name, old, new) for name in names]
    drifted = [c.name for c in found if c.psi is not None and c.psi > psi_threshold]
    result = DriftResult(found, drifted, _metrics(found, drifted))
    with replacing_all([out_markdown, out_html]) as (markdown, html):
        markdown.write_text(_markdown(result, psi_threshold), encoding="utf-8")
        html.write_text(_page(result, psi_threshold), encoding="utf-8")
    return result


def stability_index(reference: Floats, current: Floats) -> float:
    """Return the population stability index of two distributions over the same parts.

    Args:
        reference: Rows per part, float64 of shape (n,), not all 0.
        current: Rows per part, of the same shape, not all 0.

    Returns:
        Sum of (q - p) ln(q / p) over the parts, p and q being shares of at least 0.0001.

    Source:
        Siddiqi 2006; it is the symmetric Kullback-Leibler (Jeffreys) divergence.
    """
    p, q = (np.maximum(side / side.sum(), _FLOOR) for side in (reference, current))
    return float(((q - p) * np.log(q / p)).sum())


def kolmogorov_smirnov(old: ColumnProfile, new: ColumnProfile) -> tuple[float, float]:
    """Return the largest distance of two cumulative distributions, and how much it may lack.

    Args:
        old: Profile of a number or time column with values.
        new: Another one, of the same kind of keys.

    Returns:
        Distance at the borders of the bins, and the largest share of rows in one bin, by which
        the distance between borders can be larger; 0 if no bin holds different values.

    Source:
        Smirnov 1939: D = sup |F(x) - G(x)|.
    """
    merged = old.bins.merge(new.bins)
    shares = [side.bins.aligned(merged) / side.bins.total for side in (old, new)]
    distance = float(np.abs(np.cumsum(shares[0]) - np.cumsum(shares[1])).max())
    return distance, 0.0 if merged.exact else float(max(share.max() for share in shares))


def _profiles(path: StrPath, side: str) -> dict[str, ColumnProfile]:
    rows = open_table(path, f"{_FIELD}.{side}")
    check(rows.rows, f"{_FIELD}.{side}", "have rows", rows.rows, "Check the step before")
    rows.require(rows.schema.names, f"{_FIELD}.{side}")
    return {column.name: column for column in profile_rows(rows).columns}


def _comparable(old: ColumnProfile, new: ColumnProfile) -> bool:
    return old.kind == new.kind != "other" and old.distribution.whole == new.distribution.whole


def _compare(
    name: str, reference: dict[str, ColumnProfile], current: dict[str, ColumnProfile]
) -> ColumnDrift:
    for side in (reference, current):
        fix = f"The data set has the columns {sorted(side)}"
        check(name in side, f"{_FIELD}.columns", "name columns of both", name, fix)
    old, new = reference[name], current[name]
    kinds = f"{name}: {old.type} and {new.type}"
    fix = "Cast one of them, or leave it out"
    check(_comparable(old, new), f"{_FIELD}.columns", "have one type in both", kinds, fix)
    missing = (new.nulls + new.nans) / new.rows - (old.nulls + old.nans) / old.rows
    if old.kind == "category":
        return ColumnDrift(name, _text_index(old, new), None, 0.0, missing)
    if not old.bins.total or not new.bins.total:
        return ColumnDrift(name, None, None, 0.0, missing)
    return ColumnDrift(name, _number_index(old, new), *kolmogorov_smirnov(old, new), missing)


def _number_index(old: ColumnProfile, new: ColumnProfile) -> float:
    """Return the index over parts that hold equal shares of the reference.

    A part ends with the bin that holds the quantile, so equal values are in one part.
    """
    merged = old.bins.merge(new.bins)
    before, after = (side.bins.aligned(merged) for side in (old, new))
    targets = np.arange(1, _PARTS) / _PARTS * before.sum()
    ends = np.unique(np.searchsorted(np.cumsum(before), targets - 1e-9))
    part = np.searchsorted(ends, np.arange(len(before)))
    sides = (np.bincount(part, weights=w, minlength=len(ends) + 1) for w in (before, after))
    return stability_index(*sides)


def _text_index(old: ColumnProfile, new: ColumnProfile) -> float | None:
    """Return the index over values; those beyond the sketches' limit are not compared."""
    merged = old.distinct.merge(new.distinct)
    sides = [np.zeros(len(merged.hashes)) for _ in (old, new)]
    for counts, profile in zip(sides, (old, new), strict=True):
        kept = np.isin(profile.distinct.hashes, merged.hashes)
        index = np.searchsorted(merged.hashes, profile.distinct.hashes[kept])
        counts[index] = profile.distinct.counts[kept]
    return stability_index(*sides) if all(counts.sum() for counts in sides) else None


def _metrics(found: Sequence[ColumnDrift], drifted: Sequence[str]) -> dict[str, float]:
    indexed = sorted((c for c in found if c.psi is not None), key=lambda c: -(c.psi or 0.0))
    distances = [c.ks for c in found if c.ks is not None]
    metrics: dict[str, float] = {
        "columns": len(found),
        "drifted_columns": len(drifted),
        "max_psi": max((c.psi or 0.0 for c in indexed), default=0.0),
        "max_ks": max(distances, default=0.0),
    }
    for column in indexed[:50]:
        metrics[f"psi/{column.name}"] = column.psi or 0.0
        if column.ks is not None:
            metrics[f"ks/{column.name}"] = column.ks
    return metrics


_HEADER = ("column", "PSI", "KS", "KS error", "missing, change")


def _rows(result: DriftResult) -> list[tuple[object, ...]]:
    ordered = sorted(result.columns, key=lambda c: -1.0 if c.psi is None else c.psi, reverse=True)
    return [(c.name, c.psi, c.ks, c.ks_error, c.missing) for c in ordered]


def _verdict(result: DriftResult, threshold: float) -> str:
    count = len(result.drifted)
    return f"{count} of {len(result.columns)} columns have a PSI above {threshold:g}."


def _markdown(result: DriftResult, threshold: float) -> str:
    body = markdown_table(_HEADER, _rows(result))
    return f"# Drift\n\n{_verdict(result, threshold)}\n\n{body}"


def _page(result: DriftResult, threshold: float) -> Markup:
    columns = table("Largest change first", _HEADER, _rows(result))
    return page("Drift", paragraph(_verdict(result, threshold)), section("Columns", columns))
