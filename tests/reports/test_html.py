"""Tests of kfp_component_lib.reports.html."""

from html.parser import HTMLParser

import pytest

from kfp_component_lib.reports.html import Markup, page, paragraph, section, show, table

_NASTY = "<script>alert('x')</script>&amp;"


class _Cells(HTMLParser):
    """Gathers the cells of a table with their attributes, and all tags."""

    def __init__(self, markup):
        super().__init__()
        self.cells, self.tags = [], []
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag in ("th", "td"):
            self.cells.append([tag, dict(attrs), ""])

    def handle_data(self, data):
        if self.cells and data.strip():
            self.cells[-1][2] += data


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "—"), (1234567, "1234567"), (1234567.0, "1.23457e+06"), (0.5, "0.5"), ("x", "x")],
)
def test_values_are_shown_as_people_read_them(value, shown):
    """Six digits of a double, all of a whole number."""
    assert show(value) == shown


def test_a_table_names_rows_and_columns():
    """The first cell of a row and the header are headings; columns of numbers are set right."""
    cells = _Cells(table("Counts", ("name", "rows"), [("a", 1), ("b", None)])).cells
    assert [(tag, attrs.get("scope"), attrs.get("class"), text) for tag, attrs, text in cells] == [
        ("th", "col", None, "name"),
        ("th", "col", "number", "rows"),
        ("th", "row", None, "a"),
        ("td", None, "number", "1"),
        ("th", "row", None, "b"),
        ("td", None, "number", "—"),
    ]


def test_text_is_never_markup():
    """Wherever a name or a value stands it is shown as it is; markup of ours stays markup."""
    parts = [paragraph(_NASTY), table(_NASTY, [_NASTY, "plot"], [(_NASTY, Markup("<svg></svg>"))])]
    content = _Cells(page(_NASTY, section(_NASTY, *parts)))
    assert "script" not in content.tags
    assert content.tags.count("svg") == 1
    assert content.cells[0][2] == _NASTY


def test_a_page_stands_alone():
    """It asks no other place for anything and runs nothing."""
    document = page("Title", paragraph("Text"))
    assert document.startswith("<!DOCTYPE html>\n")
    assert '<meta charset="utf-8">' in document
    assert not {"script", "link", "img", "iframe"} & set(_Cells(document).tags)
    assert "url(" not in document
