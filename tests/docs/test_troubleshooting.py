"""Tests that docs/troubleshooting.md explains messages that the tools really have."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

_PAGE = Path("docs/troubleshooting.md")
_SOURCES = [
    path
    for folder in ("bazel", "kfp_component_lib", "offline", "release", "tests", "tools", ".")
    for path in ([Path("bazelw")] if folder == "." else Path(folder).rglob("*"))
    if path.suffix in {"", ".bzl", ".py", ".sh"} and path.is_file()
]
# Python joins texts that follow each other.
_JOINT = re.compile(r"\"\s*\n\s*f?\"")


def _messages() -> Iterator[str]:
    """Yield the message at the beginning of each item of the page."""
    tokens = MarkdownIt().parse(_PAGE.read_text(encoding="utf-8"))
    for before, inline in pairwise(tokens):
        if before.type == "paragraph_open" and before.level == 2 and inline.children:
            first = inline.children[0]
            if first.type == "code_inline":
                yield first.content


_MESSAGES = list(_messages())
_TEXT = "\n".join(_JOINT.sub("", path.read_text(encoding="utf-8")) for path in _SOURCES)


def test_the_page_has_messages():
    """The items of the page are found."""
    assert len(_MESSAGES) > 25


@pytest.mark.parametrize("message", _MESSAGES)
def test_a_message_is_in_the_sources(message):
    """Each part of a message between two names or values is in a source file."""
    missing = [part for part in re.split("…", message) if part.strip() not in _TEXT]
    assert missing == [], "It must be the message of a tool. Correct the page."
