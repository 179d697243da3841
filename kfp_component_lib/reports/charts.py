"""Plots as inline SVG, which take their colours from the page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from kfp_component_lib.reports.html import Markup, escape, show

__all__ = ["Axis", "Plot", "bar_chart"]

_WIDTH, _HEIGHT, _MARGIN = 360, 140, 20
# Of a plot: the length of its sides, and its margins.
_SIDE, _LEFT, _TOP, _RIGHT, _BOTTOM = 280, 64, 28, 10, 44


def bar_chart(label: str, heights: Sequence[float], left: object, right: object) -> Markup:
    """Return a histogram.

    Args:
        label: Description of the plot for readers who cannot see it; plain text.
        heights: Heights of the bars, which have equal widths; finite and at least 0.
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


@dataclass(frozen=True)
class Axis:
    """An axis of a plot.

    Attributes:
        title: The quantity that the axis shows; plain text.
        low: Value at the start of the axis.
        high: Value at the end of the axis, above `low`.
    """

    title: str
    low: float = 0.0
    high: float = 1.0

    def place(self, value: float) -> float:
        """Return the position of a value: 0 at the start, 1 at the end."""
        return (value / 2 - self.low / 2) / self._half

    @property
    def _half(self) -> float:
        # The difference of two doubles may overflow, but that of their halves cannot.
        return self.high / 2 - self.low / 2

    def ticks(self) -> list[float]:
        """Return about five round numbers between the two ends."""
        size = 10.0 ** math.floor(math.log10(self._half / 2))
        step = next(size * n for n in (1, 2, 2.5, 5, 10) if self._half / (size * n) <= 2.5)
        first, last = math.ceil(self.low / step - 1e-6), math.floor(self.high / step + 1e-6)
        return [n * step for n in range(first, last + 1)]


class Plot:
    """A square plot with titled axes, to which lines, dots and cells are added in order."""

    def __init__(self, label: str, x: Axis, y: Axis) -> None:
        """Draw the axes.

        Args:
            label: Title of the plot, which says what it shows; plain text.
            x: The axis from left to right.
            y: The axis from bottom to top.
        """
        self._label, self._x, self._y = label, x, y
        self._parts = [self._grid()]

    def line(self, x: Sequence[float], y: Sequence[float], kind: str = "line") -> Plot:
        """Add a line through points; a `guide` is dashed and serves for comparison."""
        points = " ".join(f"{a:.2f},{b:.2f}" for a, b in self._places(x, y))
        self._parts.append(f'<polyline class="{kind}" points="{points}"/>')
        return self

    def dots(self, x: Sequence[float], y: Sequence[float]) -> Plot:
        """Add a dot for each point."""
        self._parts += [
            f'<circle class="fill" cx="{a:.2f}" cy="{b:.2f}" r="3"/>' for a, b in self._places(x, y)
        ]
        return self

    def cells(self, counts: Sequence[Sequence[float]]) -> Plot:
        """Add cells, which divide both axes evenly and are darker the more they count.

        Args:
            counts: Rows of cells, from bottom to top; the cells of a row go from left to right.
        """
        most = max((max(row) for row in counts), default=0) or 1
        for j, row in enumerate(counts):
            wide, high = _SIDE / len(row), _SIDE / len(counts)
            for i, count in enumerate(row):
                if count:
                    opacity = 0.15 + 0.85 * math.log1p(count) / math.log1p(most)
                    self._parts.append(
                        f'<rect class="fill" x="{_LEFT + i * wide:.2f}" '
                        f'y="{_TOP + _SIDE - (j + 1) * high:.2f}" width="{wide:.2f}" '
                        f'height="{high:.2f}" fill-opacity="{opacity:.2f}"/>'
                    )
        return self

    def markup(self) -> Markup:
        """Return the plot."""
        width, height = _LEFT + _SIDE + _RIGHT, _TOP + _SIDE + _BOTTOM
        return Markup(
            f'<svg role="img" aria-label="{escape(self._label)}" width="{width}" '
            f'height="{height}" viewBox="0 0 {width} {height}">{"".join(self._parts)}</svg>\n'
        )

    def _places(self, x: Sequence[float], y: Sequence[float]) -> list[tuple[float, float]]:
        return [
            (_LEFT + self._x.place(a) * _SIDE, _TOP + (1 - self._y.place(b)) * _SIDE)
            for a, b in zip(x, y, strict=True)
        ]

    def _grid(self) -> str:
        bottom, right = _TOP + _SIDE, _LEFT + _SIDE
        parts = []
        for tick in self._x.ticks():
            ((place, _),) = self._places([tick], [self._y.low])
            parts.append(
                f'<path class="grid" d="M{place:.2f} {_TOP}V{bottom}"/><text x="{place:.2f}" '
                f'y="{bottom + 16}" text-anchor="middle">{escape(show(tick))}</text>'
            )
        for tick in self._y.ticks():
            ((_, place),) = self._places([self._x.low], [tick])
            parts.append(
                f'<path class="grid" d="M{_LEFT} {place:.2f}H{right}"/><text x="{_LEFT - 5}" '
                f'y="{place + 4:.2f}" text-anchor="end">{escape(show(tick))}</text>'
            )
        middle = _TOP + _SIDE / 2
        titles = (
            f'<text class="title" x="{_LEFT}" y="14">{escape(self._label)}</text>'
            f'<text x="{_LEFT + _SIDE / 2}" y="{bottom + 34}" text-anchor="middle">'
            f"{escape(self._x.title)}</text>"
            f'<text transform="translate(12 {middle}) rotate(-90)" text-anchor="middle">'
            f"{escape(self._y.title)}</text>"
        )
        axes = f'<path class="axis" d="M{_LEFT} {_TOP}V{bottom}H{right}"/>'
        return "".join(parts) + titles + axes


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
