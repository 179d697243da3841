"""HTML pages that stand alone: no network, no script; readable on a phone, in light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

__all__ = ["Markup", "page", "paragraph", "section", "show", "table"]

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --dim: #57606a; --paper: #fff; --line: #d0d7de;
  --fill: #0a58b8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --dim: #9aa5b1; --paper: #0d1117;
  --line: #3b434c; --fill: #6cb0ff; } }
body { margin: 0 auto; padding: 1rem; max-width: 90rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
h1, h2, p { overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; }
caption { text-align: left; color: var(--dim); padding-bottom: .4rem; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .7rem; text-align: left;
  vertical-align: top; }
th[scope=row], td { overflow-wrap: anywhere; }
th[scope=col] { overflow-wrap: break-word; max-width: 16rem; vertical-align: bottom; }
td { min-width: 6rem; } td.number { min-width: 0; }
th[scope=row] { min-width: 8rem; max-width: 24rem; }
th.number, td.number { text-align: right; }
td.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
svg { max-width: 100%; height: auto; } td svg { max-width: none; width: 12rem; }
svg .fill { fill: var(--fill); }
svg .line { fill: none; stroke: var(--fill); stroke-width: 2; }
svg .axis { fill: none; stroke: var(--dim); } svg text { fill: var(--dim); font-size: 12px; }
td svg text { font-size: 16px; }
"""


class Markup(str):
    """Text that is HTML already: it is not escaped again."""


def page(title: str, *content: Markup) -> Markup:
    """Return a whole HTML document.

    Args:
        title: Its title and first heading, as plain text.
        *content: What it holds, such as sections.
    """
    return Markup(
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{escape(title)}</h1>\n{''.join(content)}</main>\n</body>\n</html>\n"
    )


def section(heading: str, *content: Markup) -> Markup:
    """Return content below a heading, which is plain text."""
    return Markup(f"<section>\n<h2>{escape(heading)}</h2>\n{''.join(content)}</section>\n")


def paragraph(text: str) -> Markup:
    """Return a paragraph of plain text."""
    return Markup(f"<p>{escape(text)}</p>\n")


def table(caption: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Markup:
    """Return a table that scrolls by itself where the window is too narrow.

    Args:
        caption: What the table shows, plain text.
        header: Names of its columns, plain text.
        rows: Cells; the first names the row. Numbers are shown by `show`, `Markup` as it is, and
            anything else as text.
    """
    rows = list(rows)
    head = "".join(_head(name, [row[n] for row in rows]) for n, name in enumerate(header))
    body = "".join(f"<tr>{_first(row[0])}{''.join(map(_cell, row[1:]))}</tr>\n" for row in rows)
    return Markup(
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}">\n<table>\n'
        f"<caption>{escape(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}</tbody>\n</table>\n</div>\n"
    )


def show(value: object) -> str:
    """Return a value as people read it: six significant digits, a dash for None."""
    if value is None:
        return "—"
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value)


def _head(name: str, cells: list[object]) -> str:
    kind = ' class="number"' if cells and all(map(_is_number, cells)) else ""
    return f'<th scope="col"{kind}>{escape(name)}</th>'


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) or value is None


def _first(value: object) -> str:
    return f'<th scope="row">{escape(show(value))}</th>'


def _cell(value: object) -> str:
    if isinstance(value, Markup):
        return f"<td>{value}</td>"
    kind = ' class="number"' if _is_number(value) else ""
    return f"<td{kind}>{escape(show(value))}</td>"
