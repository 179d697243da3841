"""Tests of kfp_component_lib.reports.markdown."""

import re
from html import unescape

import pytest
from markdown_it import MarkdownIt

from kfp_component_lib.reports.markdown import markdown_table, markdown_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a|b", r"a\|b"),
        ("<b>&", "&lt;b&gt;&amp;"),
        ("`_*[x](y)#", r"\`\_\*\[x\]\(y\)\#"),
        ("two\nlines\t here", "two lines here"),
        ("https://x.example", "https`://`x.example"),
        ("www.x.example", "`www.`x.example"),
        ("WWW.x.example", "`WWW.`x.example"),
        ("me@x.example", "me`@`x.example"),
        ("@@www.@", "`@@www.@`"),
        ("a\\@`@|", r"a\\`@`\``@`\|"),
        ("a\u202eb", r"a\\u202eb"),
        ("a\u200bb\ufeff", r"a\\u200bb\\ufeff"),
        ("a\u2028b", r"a\\u2028b"),
        (None, "—"),
        (0.1234567, "0.1235"),
    ],
)
def test_any_text_is_shown_as_text(value, text):
    """A value produces neither markup nor a line break."""
    assert markdown_text(value) == text


def test_a_table_has_a_line_for_each_row():
    """Whatever its cells contain, each line has as many columns as the header."""
    lines = markdown_table(("a", "b"), [(1, "x|y"), (None, "\n")]).splitlines()
    assert lines == ["| a | b |", "| --- | --- |", r"| 1 | x\|y |", "| — |  |"]


HOSTILE = [
    "https://evil.example/?q=1",
    "http://evil.example",
    "ftp://evil.example",
    "see www.evil.example.",
    "me@evil.example",
    "mailto:me@evil.example",
    "<https://evil.example>",
    "<me@evil.example>",
    "[text](https://evil.example)",
    "![image](https://evil.example/x.png)",
    "![image][1]",
    '<img src=x onerror="alert(1)">',
    "<!-- hidden -->",
    "&lt;b&gt;",
    "`https://evil.example`",
    "a\\|b",
    "a|b|c",
    "\\`|`@`",
    "``@``",
    "*a* _b_ ~~c~~ # d",
    "- [ ] task",
    "1. one",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_renderer_shows_hostile_names_as_they_are(value):
    """A cell has the text of the value, in the one place for it, without links, images or markup."""
    renderer = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    page = renderer.render(markdown_table(("a", "b"), [(value, "next")]))
    cells = re.findall(r"<td>(.*?)</td>", page)
    assert [unescape(re.sub("</?code>", "", cell)) for cell in cells] == [value, "next"]
    assert not re.search(r"<(a|img|em|strong|s|del|input|ol|ul)\b", page)
