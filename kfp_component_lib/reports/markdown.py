"""Markdown in which any text is shown as it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from kfp_component_lib.reports.html import show

__all__ = ["markdown_table", "markdown_text"]


def markdown_text(value: object) -> str:
    """Return a value as one line of Markdown without markup.

    Args:
        value: Any value that `html.show` can format.
    """
    text = " ".join(show(value).split())
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_{}\[\]()#+!|~])", r"\\\1", text)


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
