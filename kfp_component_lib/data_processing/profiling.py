"""A table's profile as a page, as metrics, and as a file that can be merged with others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kfp_component_lib.errors import check
from kfp_component_lib.files import StrPath, replacing_all
from kfp_component_lib.reports.charts import bar_chart
from kfp_component_lib.reports.html import Markup, facts, page, paragraph, section, table
from kfp_component_lib.statistics.columns import ColumnProfile, TableProfile, profile_rows
from kfp_component_lib.statistics.histogram import histogram
from kfp_component_lib.statistics.storage import read_profile, write_profile
from kfp_component_lib.tables.arrays import to_arrow, to_python
from kfp_component_lib.tables.reading import open_table

__all__ = [
    "merge_profiles",
    "profile_metrics",
    "profile_page",
    "profile_table",
]

Known = Sequence[tuple[ColumnProfile, Mapping[str, Any]]]
"""The profile of each column, and its summary."""

_WORDS = {
    "rows": "rows",
    "columns": "columns",
    "missing_fraction": "share of the cells that are null or NaN",
    "constant_columns": "columns with at most one value",
    "columns_with_infinite_values": "columns with infinite values",
}


def profile_table(
    source: StrPath,
    out_profile: StrPath,
    out_html: StrPath,
    about: Mapping[str, object] | None = None,
) -> dict[str, float]:
    """Describe every column of a table in one pass.

    Counts are exact. Quantiles are exact for up to 8192 different values of a column; beyond that
    they have at most the error that the page states. The number of distinct values is exact up to
    4096 and beyond that estimated with a standard error of 1.6 %. Memory: see `statistics.columns.profile_rows`.

    Args:
        source: Parquet file or folder.
        out_profile: Path of the profile, in the format that `merge_profiles` reads.
        out_html: Path of the page.
        about: Further facts about the data for the page, by name.

    Returns:
        The metrics of `profile_metrics`.

    Raises:
        DataError: If the source is not intact Parquet.
        OSError: If an output cannot be written; then neither output is written.
    """
    profile = profile_rows(open_table(source, "profile_dataset.data"))
    return _write(profile, out_profile, out_html, about or {})


def merge_profiles(
    sources: Sequence[StrPath], out_profile: StrPath, out_html: StrPath
) -> dict[str, float]:
    """Merge the profiles of shards into one profile of the whole table.

    The result is bit for bit that of `profile_table` on all rows, with the same errors, if each
    shard except the last has whole blocks of `tables.blocks.BLOCK_ROWS` rows, as those of
    `tabular_data.write_tabular_data` do. With other shards only the moments (mean, standard
    deviation) differ, in their last bits. The order of the shards does not matter.

    Memory is that of two profiles.

    Args:
        sources: The profile of each shard by `profile_table`, or of several by `merge_profiles`.
        out_profile: Path of the profile of all shards.
        out_html: Path of its page.

    Returns:
        The metrics of `profile_metrics`.

    Raises:
        DataError: If there are no profiles, one is damaged, or they have different columns.
        OSError: If an output cannot be written; then neither output is written.
    """
    field = "merge_profiles.profiles"
    check(len(sources), field, "be at least one", 0, "Check the loop before")
    merged = read_profile(sources[0], field)
    for source in sources[1:]:
        shard = read_profile(source, field)
        columns, others = ([(c.name, c.type) for c in p.columns] for p in (merged, shard))
        check(others == columns, field, f"have the columns {columns}", others, "Profile one table")
        merged.merge(shard)
    return _write(merged, out_profile, out_html, {})


def _write(
    profile: TableProfile, out_profile: StrPath, out_html: StrPath, about: Mapping[str, object]
) -> dict[str, float]:
    with replacing_all([out_profile, out_html]) as (partial_profile, partial_html):
        write_profile(profile, partial_profile)
        partial_html.write_text(profile_page(profile, about), encoding="utf-8")
    return profile_metrics(profile)


def profile_metrics(profile: TableProfile) -> dict[str, float]:
    """Return metrics of the whole table; all values are finite.

    Args:
        profile: The profile.

    Returns:
        `rows`, `columns`, `missing_fraction` (null or NaN cells; 0 without cells), and the number
        of columns that are `constant` (at most one different value) or hold `infinite` values.
    """
    cells = sum(column.rows for column in profile.columns)
    missing = sum(column.nulls + column.nans for column in profile.columns)
    valued = [column for column in profile.columns if column.kind != "other"]
    return {
        "rows": profile.rows,
        "columns": len(profile.columns),
        "missing_fraction": missing / cells if cells else 0.0,
        "constant_columns": sum(column.distinct.estimate <= 1 for column in valued),
        "columns_with_infinite_values": sum(column.infinite > 0 for column in profile.columns),
    }


def profile_page(profile: TableProfile, about: Mapping[str, object]) -> Markup:
    """Return the profile as an HTML document.

    Args:
        profile: The profile.
        about: Further facts about the data, by name.
    """
    figures = [(_WORDS[name], value) for name, value in profile_metrics(profile).items()]
    known = [(column, column.summary()) for column in profile.columns]
    return page(
        "Data set profile",
        *([facts(about)] if about else []),
        table("The whole table", ("figure", "value"), figures),
        section("Columns", *_columns(known)),
        section("Numbers and times", *_quantiles(known)),
        section("Most frequent values", *_top(known)),
    )


def _columns(known: Known) -> list[Markup]:
    header = ("column", "distribution", "type", "missing", "infinite", "distinct", "mean", "std")
    rows = [_row(*each) for each in known]
    return [table("One row per column", header, rows)] if rows else [paragraph("No columns.")]


def _row(column: ColumnProfile, summary: Mapping[str, Any]) -> tuple[object, ...]:
    exact = summary["distinct_is_exact"]
    distinct = summary["distinct"] if exact else f"≈ {summary['distinct']}"
    missing = column.nulls + column.nans
    figures = (summary["mean"], summary["std"])
    return (column.name, _plot(column), column.type, missing, column.infinite, distinct, *figures)


def _plot(column: ColumnProfile) -> Markup:
    bars = histogram(column.distribution)
    if not bars.counts:
        return Markup("")
    ends = (_shown(column, bars.low), _shown(column, bars.high))
    return bar_chart(f"Histogram of {column.name}", bars.counts, *ends)


def _quantiles(known: Known) -> list[Markup]:
    summaries = [(column, summary) for column, summary in known if summary["quantiles"]]
    if not summaries:
        return [paragraph("No numbers or times.")]
    names = [f"{float(q):.0%}" for q in summaries[0][1]["quantiles"]]
    rows = [
        (c.name, *(_shown(c, v) for v in s["quantiles"].values()), s["quantile_error"])
        for c, s in summaries
    ]
    caption = "Quantiles of the finite values; the error is the most that one can be off"
    return [table(caption, ("column", *names, "error"), rows)]


def _top(known: Known) -> list[Markup]:
    texts = [(column, summary) for column, summary in known if column.kind == "category"]
    parts = [_top_table(*each) for each in texts if each[0].distinct.estimate]
    return parts or [paragraph("No texts.")]


def _top_table(column: ColumnProfile, summary: Mapping[str, Any]) -> Markup:
    note = " (of a random sample of 4096 different values)" if column.distinct.full else ""
    return table(f"{column.name}{note}", ("value", "rows"), summary["top"])


def _shown(column: ColumnProfile, value: Any) -> object:
    """Return a quantile as text in the form of the column's type."""
    if column.kind != "time" or value is None:
        return value
    kind = column.arrow_type
    stored = np.array([value], np.int64 if kind.bit_width == 64 else np.int32)
    return to_python(to_arrow(stored).view(kind))[0]
