"""Tests of kfp_component_lib.reports.html."""

from html.parser import HTMLParser

import pytest

from kfp_component_lib import VERSION
from kfp_component_lib.reports.html import (
    Markup,
    bar,
    facts,
    page,
    paragraph,
    section,
    shaded,
    show,
    table,
)

_NASTY = "<script>alert('x')</script>&amp;"


class _Cells(HTMLParser):
    """Collects the cells of a table with their attributes, and all tags."""

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
    [
        (None, "—"),
        (1234567, "1234567"),
        (1234567.0, "1234567"),
        (0.5, "0.5"),
        ("x", "x"),
        (1 / 3, "0.3333"),
        (2 / 3e9, "6.667e-10"),
        (12345.678, "12345.7"),
        (1e300, "1e+300"),
    ],
)
def test_values_are_shown_as_people_read_them(value, shown):
    """A double has up to six digits, and an integer has all of its digits."""
    assert show(value) == shown


def test_a_table_names_rows_and_columns():
    """The first cell of a row and the header are headings; columns of numbers are right-aligned."""
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
    """Names and values are shown as they are everywhere; our own markup stays markup."""
    parts = [paragraph(_NASTY), table(_NASTY, [_NASTY, "plot"], [(_NASTY, Markup("<svg></svg>"))])]
    content = _Cells(page(_NASTY, section(_NASTY, *parts)))
    assert "script" not in content.tags
    assert content.tags.count("svg") == 1
    assert content.cells[0][2] == _NASTY


def test_a_page_stands_alone():
    """The page requests nothing and runs nothing."""
    document = page("Title", paragraph("Text"))
    assert document.startswith("<!DOCTYPE html>\n")
    assert '<meta charset="utf-8">' in document
    assert not {"script", "link", "img", "iframe"} & set(_Cells(document).tags)
    assert "url(" not in document


def test_a_page_says_by_what_and_when_it_was_made(monkeypatch):
    """With a fixed time, the same page has the same bytes."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert f"kfp_component_lib {VERSION} on 1970-01-02 at 00:00 UTC" in page("Title")
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert "1970" not in page("Title")


def test_what_is_known_is_text():
    """Names and values of facts, and the text of a shaded cell, are not markup."""
    assert "<dt>&lt;a&gt;</dt><dd>&lt;b&gt;</dd>" in facts({"<a>": "<b>"})
    cell = table("", ("", ""), [("x", shaded("<c>", 0.5))])
    assert '<td class="shaded"><span class="tint" style="opacity:0.175">' in cell
    assert "&lt;c&gt;" in cell
    assert 'style="width:25.0%"' in bar(0.25)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202eb", r"a\u202eb"),
        ("\u2066x\u2069", r"\u2066x\u2069"),
        ("a\u200bb\u200db\ufeff", r"a\u200bb\u200db\ufeff"),
        ("a\x00\x1b[31m", r"a\x00\x1b[31m"),
        ("a\ud800", r"a\ud800"),
        ("a\U000e0041", r"a\U000e0041"),
        ("two\nlines\there", "two\nlines\there"),
        ("grün 名前 שם é", "grün 名前 שם é"),
        ("a\u00a0b", "a\u00a0b"),
    ],
)
def test_characters_that_nobody_sees_are_shown(text, shown):
    """Wherever text stands on a page, it says what it contains, and can be encoded."""
    assert show(text) == shown
    content = [paragraph(text), facts({text: text}), section(text), Markup(shaded(text, 0.5))]
    whole = page(text, *content, table(text, [text], [(text,)]))
    assert whole.encode("utf-8")
    assert whole.count(shown) == 11
    assert shown == text or text not in whole
