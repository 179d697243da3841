"""Plots as inline SVG, which take their colours from the page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from kfp_component_lib.reports.html import Markup, show

__all__ = ["bar_chart", "line_chart"]

_WIDTH, _HEIGHT, _MARGIN = 360, 140, 20


def bar_chart(label: str, heights: Sequence[float], left: object, right: object) -> Markup:
    """Return a histogram.

    Args:
        label: What the plot shows, for who cannot see it; plain text.
        heights: Bars of equal width, at least 0 and finite.
        left: Value at the left end of the axis.
        right: Value at the right end.
    """
    top = max(heights, default=0) or 1
    step = _WIDTH / max(len(heights), 1)
    bars = "".join(
        f'<rect class="fill" x="{i * step:.2f}" y="{_HEIGHT - h / top * _HEIGHT:.2f}" '
        f'width="{step * 0.92:.2f}" height="{h / top * _HEIGHT:.2f}"/>'
        for i, h in enumerate(heights)
    )
    axis = f'<path class="axis" d="M0 {_HEIGHT}H{_WIDTH}"/>'
    return _svg(label, bars + axis + _ends(left, right))


def line_chart(label: str, x: Sequence[float], y: Sequence[float]) -> Markup:
    """Return a line in the unit square, with the diagonal to hold it against.

    Args:
        label: What the plot shows, for who cannot see it; plain text.
        x: Positions from left to right, between 0 and 1.
        y: Heights, between 0 and 1.
    """
    points = " ".join(
        f"{a * _WIDTH:.2f},{(1 - b) * _HEIGHT:.2f}" for a, b in zip(x, y, strict=True)
    )
    axes = f'<path class="axis" d="M0 0V{_HEIGHT}H{_WIDTH}M0 {_HEIGHT}L{_WIDTH} 0"/>'
    return _svg(label, f'{axes}<polyline class="line" points="{points}"/>{_ends(0, 1)}')


def _ends(left: object, right: object) -> str:
    y = _HEIGHT + _MARGIN - 4
    return (
        f'<text x="0" y="{y}">{escape(show(left))}</text>'
        f'<text x="{_WIDTH}" y="{y}" text-anchor="end">{escape(show(right))}</text>'
    )


def _svg(label: str, content: str) -> Markup:
    return Markup(
        f'<svg role="img" aria-label="{escape(label)}" width="{_WIDTH}" '
        f'height="{_HEIGHT + _MARGIN}" viewBox="-1 -2 {_WIDTH + 2} {_HEIGHT + _MARGIN + 2}">'
        f"{content}</svg>\n"
    )
