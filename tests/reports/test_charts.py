"""Tests of kfp_component_lib.reports.charts: where marks stand, without a browser."""

import xml.etree.ElementTree as ET

import pytest

from kfp_component_lib.reports.charts import bar_chart, line_chart

_WIDTH, _HEIGHT = 360, 140


def _elements(markup, name):
    return [dict(element.attrib) for element in ET.fromstring(markup).iter(name)]


def _texts(markup):
    return [(e.text, float(e.get("x"))) for e in ET.fromstring(markup).iter("text")]


def test_bars_stand_on_the_axis():
    """Each ends at the bottom, the highest reaches the top, and the others are in proportion."""
    markup = bar_chart("Ages", [1, 4, 0, 2], 10, 90)
    bars = [
        {k: float(v) for k, v in bar.items() if k != "class"} for bar in _elements(markup, "rect")
    ]
    assert [bar["height"] for bar in bars] == [_HEIGHT / 4, _HEIGHT, 0, _HEIGHT / 2]
    assert all(bar["y"] + bar["height"] == pytest.approx(_HEIGHT, abs=0.02) for bar in bars)
    (axis,) = _elements(markup, "path")
    assert axis["d"] == f"M0 {_HEIGHT}H{_WIDTH}"


def test_bars_share_the_width():
    """They stand side by side from the left end to the right, and none is laid over another."""
    bars = _elements(bar_chart("Ages", [1] * 40, 0, 1), "rect")
    assert [float(bar["x"]) for bar in bars] == pytest.approx([n * _WIDTH / 40 for n in range(40)])
    ends = [float(bar["x"]) + float(bar["width"]) for bar in bars]
    assert all(end < float(after["x"]) for end, after in zip(ends, bars[1:], strict=False))
    assert ends[-1] <= _WIDTH


def test_ends_are_named_below():
    """The smallest value stands at the left end, the largest at the right."""
    markup = bar_chart("Ages", [1, 2], 1.23456789, "<b>")
    assert _texts(markup) == [("1.23457", 0.0), ("<b>", float(_WIDTH))]


def test_no_bars_are_an_axis():
    """Nothing is divided by zero."""
    assert _elements(bar_chart("Nothing", [], None, None), "rect") == []
    assert _elements(bar_chart("Zeros", [0, 0], 0, 1), "rect")[0]["height"] == "0.00"


def test_a_line_rises_to_the_right():
    """The point (0, 0) is at the bottom left, (1, 1) at the top right."""
    markup = line_chart("ROC", [0.0, 0.25, 1.0], [0.0, 0.5, 1.0])
    (line,) = _elements(markup, "polyline")
    points = [tuple(map(float, pair.split(","))) for pair in line["points"].split()]
    assert points == [(0.0, _HEIGHT), (_WIDTH / 4, _HEIGHT / 2), (_WIDTH, 0.0)]


def test_a_plot_says_what_it_shows():
    """Its label is read to who cannot see it, whatever characters it has."""
    for markup in (bar_chart('<"&>', [1], 0, 1), line_chart('<"&>', [0, 1], [0, 1])):
        root = ET.fromstring(markup)
        assert (root.get("role"), root.get("aria-label")) == ("img", '<"&>')
        left, top, width, height = map(float, root.get("viewBox").split())
        assert (left, top) <= (0, 0)
        assert left + width >= _WIDTH
        assert top + height >= _HEIGHT + 16
