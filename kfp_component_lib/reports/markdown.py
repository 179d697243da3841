"""Markdown in which any text is shown as it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from kfp_component_lib.reports.html import show

__all__ = ["markdown_table", "markdown_text"]


# What GitHub's dialect makes a link of without any markup: addresses with a scheme, `www.`, and mail.
# A backslash does not prevent the last, as GitHub looks for `@` in text that is unescaped already.
# Within a code span there are no links, so these characters get one, and the rest stays text.
_LINKED = re.compile(r"(?:@|://|www\.)+", re.IGNORECASE)
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+!|~])")


def markdown_text(value: object) -> str:
    """Return a value as one line of Markdown without markup, links or invisible characters.

    Args:
        value: Any value that `html.show` can format.

    Source:
        GitHub Flavored Markdown 0.29, 6.9 "Autolinks (extension)".
    """
    text, written, end = " ".join(show(value).split()), [], 0
    for linked in _LINKED.finditer(text):
        written += [_escaped(text[end : linked.start()]), f"`{linked[0]}`"]
        end = linked.end()
    return "".join([*written, _escaped(text[end:])])


def _escaped(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKUP.sub(r"\\\1", text)


def markdown_table(
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    show: Callable[[object], str] = markdown_text,
) -> str:
    """Return a table.

    Args:
        header: Names of the columns.
        rows: The cells of each row.
        show: The function that turns a cell into Markdown; `str` if the cells are Markdown already.
    """
    lines = [list(header), ["---"] * len(header), *([show(cell) for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
