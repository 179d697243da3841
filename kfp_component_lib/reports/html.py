"""Self-contained HTML pages: no network, no script; readable on a phone, in light and dark mode."""

from __future__ import annotations

import html
import os
import time
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from kfp_component_lib import VERSION

__all__ = [
    "Markup",
    "bar",
    "escape",
    "facts",
    "page",
    "paragraph",
    "section",
    "shaded",
    "show",
    "side_by_side",
    "table",
    "visible",
]

# Control and format characters, among them those that turn the direction of text or have no width;
# halves of surrogate pairs, which UTF-8 cannot encode; separators of lines and paragraphs.
_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")

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
svg .axis { fill: none; stroke: var(--dim); }
svg .grid { fill: none; stroke: var(--line); stroke-width: .5; }
svg .guide { fill: none; stroke: var(--dim); stroke-dasharray: 4 3; }
.charts { display: flex; flex-wrap: wrap; gap: 1rem 2rem; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; }
.facts dt { color: var(--dim); } .facts dd { margin: 0; overflow-wrap: anywhere; }
.bar { display: block; width: 12rem; } .bar span { display: block; height: .9rem;
  background: var(--fill); }
td.shaded { position: relative; text-align: right; font-variant-numeric: tabular-nums; }
.shaded .tint { position: absolute; inset: 0; background: var(--fill); }
.shaded .over { position: relative; }
footer { color: var(--dim); font-size: .9rem; margin-top: 3rem; }
svg text { fill: var(--dim); font-size: 12px; }
td svg text { font-size: 16px; } svg .title { fill: var(--ink); }
"""


class Markup(str):
    """Text that is already HTML, so it is not escaped again."""


def visible(text: str) -> str:
    r"""Return text in which every character that nobody sees is written as its escape.

    Such characters make a name look like another, or show what stands beside it in another order:
    "a" with a right-to-left mark becomes "a\u200f". Spaces, tabs and line breaks stay.

    Source:
        Unicode Standard Annex 9, "Bidirectional Algorithm"; Unicode Technical Report 36, 2.5.
    """
    if text.isprintable():
        return text
    return "".join(
        char.encode("unicode_escape").decode() if _is_unseen(char) else char for char in text
    )


def escape(text: str) -> str:
    """Return plain text as HTML that shows it, with every character visible."""
    return html.escape(visible(text))


def page(title: str, *content: Markup) -> Markup:
    """Return a complete HTML document.

    Its footer states the version of the library and the time. The time is now, or the number of
    seconds since 1970 in the environment variable SOURCE_DATE_EPOCH, which makes the bytes of a
    page reproducible.

    Args:
        title: Its title and first heading, as plain text.
        *content: The content of the body, such as sections.

    Source:
        https://reproducible-builds.org/specs/source-date-epoch/
    """
    moment = time.gmtime(float(os.environ.get("SOURCE_DATE_EPOCH") or time.time()))
    made = (
        f"Made by kfp_component_lib {VERSION} on {time.strftime('%Y-%m-%d at %H:%M UTC', moment)}."
    )
    return Markup(
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{escape(title)}</h1>\n{''.join(content)}</main>\n"
        f"<footer>{escape(made)}</footer>\n</body>\n</html>\n"
    )


def section(heading: str, *content: Markup) -> Markup:
    """Return content under a heading, which is plain text."""
    return Markup(f"<section>\n<h2>{escape(heading)}</h2>\n{''.join(content)}</section>\n")


def paragraph(text: str) -> Markup:
    """Return a paragraph of plain text."""
    return Markup(f"<p>{escape(text)}</p>\n")


def facts(known: Mapping[str, object]) -> Markup:
    """Return a list of facts, given as values by name; both are shown as plain text."""
    pairs = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(show(value))}</dd>\n" for name, value in known.items()
    )
    return Markup(f'<dl class="facts">\n{pairs}</dl>\n')


def side_by_side(*charts: Markup) -> Markup:
    """Return charts side by side, or below each other if the window is too narrow."""
    return Markup(f'<div class="charts">\n{"".join(charts)}</div>\n')


class _Shaded(Markup):
    """The content of a table cell that is filled with colour."""


def shaded(text: str, share: float) -> Markup:
    """Return a table cell that is darker the larger a share is.

    Args:
        text: The text in the cell; plain text.
        share: A number between 0 and 1. The text stays readable even with 1.
    """
    tint = f'<span class="tint" style="opacity:{share * 0.35:.3f}"></span>'
    return _Shaded(f'{tint}<span class="over">{escape(text)}</span>')


def bar(share: float) -> Markup:
    """Return a table cell with a bar, whose length is a share of the longest, from 0 to 1."""
    return Markup(f'<span class="bar"><span style="width:{share:.1%}"></span></span>')


def table(caption: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Markup:
    """Return a table that scrolls on its own if the window is too narrow.

    Args:
        caption: Description of the table; plain text.
        header: Names of the columns; plain text.
        rows: The cells of each row; the first cell names the row. Numbers are formatted by `show`,
            `Markup` is inserted as it is, and anything else is shown as text.
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
    """Return a value as people read it: four or more significant digits, or a dash for None.

    Text has only characters that people see; see `visible`.
    """
    if value is None:
        return "—"
    if not isinstance(value, float):
        return visible(str(value))
    if value == 0 or not 1e-4 <= abs(value) < 1e15:
        return f"{value:.4g}"
    if value.is_integer():
        return f"{value:.0f}"
    return f"{value:.4g}" if abs(value) < 1000 else f"{value:.1f}"


def _is_unseen(char: str) -> bool:
    return char not in "\t\n\r" and unicodedata.category(char) in _UNSEEN


def _head(name: str, cells: list[object]) -> str:
    kind = ' class="number"' if cells and all(map(_is_number, cells)) else ""
    return f'<th scope="col"{kind}>{escape(name)}</th>'


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) or value is None


def _first(value: object) -> str:
    return f'<th scope="row">{escape(show(value))}</th>'


def _cell(value: object) -> str:
    if isinstance(value, Markup):
        kind = ' class="shaded"' if isinstance(value, _Shaded) else ""
        return f"<td{kind}>{value}</td>"
    kind = ' class="number"' if _is_number(value) else ""
    return f"<td{kind}>{escape(show(value))}</td>"
