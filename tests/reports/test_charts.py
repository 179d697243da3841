"""Tests of kfp_component_lib.reports.charts: the positions of marks, without a browser."""

import xml.etree.ElementTree as ET

import pytest

from kfp_component_lib.reports.charts import Axis, Plot, bar_chart

_WIDTH, _HEIGHT = 360, 140


def _elements(markup, name):
    return [dict(element.attrib) for element in ET.fromstring(markup).iter(name)]


def _texts(markup):
    return [(e.text, float(e.get("x"))) for e in ET.fromstring(markup).iter("text")]


def test_bars_stand_on_the_axis():
    """Each bar ends at the bottom, the highest reaches the top, the others are in proportion."""
    markup = bar_chart("Ages", [1, 4, 0, 2], 10, 90)
    bars = [
        {k: float(v) for k, v in bar.items() if k != "class"} for bar in _elements(markup, "rect")
    ]
    assert [bar["height"] for bar in bars] == [_HEIGHT / 4, _HEIGHT, 0, _HEIGHT / 2]
    assert all(bar["y"] + bar["height"] == pytest.approx(_HEIGHT, abs=0.02) for bar in bars)
    (axis,) = _elements(markup, "path")
    assert axis["d"] == f"M0 {_HEIGHT}H{_WIDTH}"


def test_bars_share_the_width():
    """Bars are side by side from the left end to the right, and do not overlap."""
    bars = _elements(bar_chart("Ages", [1] * 40, 0, 1), "rect")
    assert [float(bar["x"]) for bar in bars] == pytest.approx([n * _WIDTH / 40 for n in range(40)])
    ends = [float(bar["x"]) + float(bar["width"]) for bar in bars]
    assert all(end < float(after["x"]) for end, after in zip(ends, bars[1:], strict=False))
    assert ends[-1] <= _WIDTH


def test_ends_are_named_below():
    """The smallest value is at the left end, and the largest at the right end."""
    markup = bar_chart("Ages", [1, 2], 1.23456789, "<b>")
    assert _texts(markup) == [("1.235", 0.0), ("<b>", float(_WIDTH))]


def test_no_bars_are_an_axis():
    """Without bars, nothing is divided by zero."""
    assert _elements(bar_chart("Nothing", [], None, None), "rect") == []
    assert _elements(bar_chart("Zeros", [0, 0], 0, 1), "rect")[0]["height"] == "0.00"


def _plot(label="ROC", low=0.0, high=1.0):
    return Plot(label, Axis("<x>", low, high), Axis("y", low, high))


@pytest.mark.parametrize(
    ("low", "high"), [(0.0, 1.0), (-5.0, 3e9), (-1.7e308, 1.7e308), (2.0, 2.001)]
)
def test_a_line_rises_to_the_right(low, high):
    """The lowest point is at the bottom left and the highest at the top right, for any range."""
    markup = (
        _plot(low=low, high=high).line([low, low / 2 + high / 2, high], [low, low, high]).markup()
    )
    (line,) = _elements(markup, "polyline")
    points = [tuple(map(float, pair.split(","))) for pair in line["points"].split()]
    (left, bottom), (middle, _), (right, top) = points
    assert (right - left, bottom - top) == pytest.approx((280, 280))
    assert middle == pytest.approx((left + right) / 2)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.0, 1.0, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (-3.2, 3.3, [-2, 0, 2]),
        (0.0, 7e9, [0, 2e9, 4e9, 6e9]),
        (5.0, 5.004, [5, 5.001, 5.002, 5.003, 5.004]),
    ],
)
def test_ticks_are_round_numbers(low, high, ticks):
    """There are a few ticks between both ends."""
    assert Axis("", low, high).ticks() == pytest.approx(ticks)


def test_cells_divide_the_square():
    """Rows go from bottom to top; a cell is darker the more it counts, and 0 has no cell."""
    cells = _elements(_plot().cells([[9, 0], [1, 99]]).markup(), "rect")
    places = [(float(cell["x"]), float(cell["y"])) for cell in cells]
    assert places == [(64, 168), (64, 28), (204, 28)]
    dark = [float(cell["fill-opacity"]) for cell in cells]
    assert dark[1] < dark[0] < dark[2] == 1


def test_dots_stand_where_their_values_are():
    """A dot with values in the middle is in the middle of the square."""
    (dot,) = _elements(_plot().dots([0.5], [0.5]).markup(), "circle")
    assert (float(dot["cx"]), float(dot["cy"])) == (64 + 140, 28 + 140)


def test_a_plot_says_what_it_shows():
    """Its label is available to screen readers, whatever characters it has."""
    for markup in (bar_chart('<"&>', [1], 0, 1), _plot('<"&>').markup()):
        root = ET.fromstring(markup)
        assert (root.get("role"), root.get("aria-label")) == ("img", '<"&>')
        left, top, width, height = map(float, root.get("viewBox").split())
        assert (left, top) <= (0, 0)
        assert left + width >= float(root.get("width"))
        assert top + height >= float(root.get("height"))
