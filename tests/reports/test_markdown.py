"""Tests of kfp_component_lib.reports.markdown."""

import pytest

from kfp_component_lib.reports.markdown import markdown_table, markdown_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a|b", r"a\|b"),
        ("<b>&", "&lt;b&gt;&amp;"),
        ("`_*[x](y)#", r"\`\_\*\[x\]\(y\)\#"),
        ("two\nlines\t here", "two lines here"),
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
