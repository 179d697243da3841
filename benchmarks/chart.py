"""Bar charts as SVG."""

import math
from collections.abc import Sequence
from html import escape

_BAR, _GAP, _LABEL, _WIDTH, _SHOWN = 16, 10, 330, 380, 90
_COLOURS = ("#2f6f9f", "#b0b7bf", "#cfd4d9", "#dfe3e6")


def bars(title: str, groups: Sequence[tuple[str, Sequence[tuple[str, float, str]]]]) -> str:
    """Draw groups of horizontal bars on a common logarithmic scale.

    Args:
        title: What the chart shows.
        groups: The name of each group and its bars: name, positive value, value as text.
    """
    values = [value for _, group in groups for _, value, _ in group]
    low, high = _decade(min(values), math.floor), _decade(max(values), math.ceil)
    span = max(high - low, 1)
    parts, y = [_text(0, 16, title, "bold")], 34
    for name, group in groups:
        parts.append(_text(0, y + 10, name, "bold"))
        y += _BAR + 2
        for place, (way, value, shown) in enumerate(group):
            width = max(_WIDTH * (math.log10(value) - low) / span, 1)
            colour = _COLOURS[min(place, len(_COLOURS) - 1)]
            parts.append(_text(10, y + 11, way))
            parts.append(
                f'<rect x="{_LABEL}" y="{y}" width="{width:.1f}" height="{_BAR - 2}" '
                f'fill="{colour}"/>'
            )
            parts.append(_text(_LABEL + width + 5, y + 11, shown))
            y += _BAR
        y += _GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LABEL + _WIDTH + _SHOWN}" '
        f'height="{y}" font-family="sans-serif" font-size="12">\n'
        '<rect width="100%" height="100%" fill="#ffffff"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _decade(value: float, direction) -> int:
    return direction(math.log10(value))


def _text(x: float, y: float, text: str, weight: str = "normal") -> str:
    return f'<text x="{x:.1f}" y="{y}" font-weight="{weight}">{escape(text)}</text>'
