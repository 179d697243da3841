"""Tests that relative links lead to files of the repository."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from markdown_it import MarkdownIt

_PAGES = sorted(
    [*Path("docs").rglob("*.md"), *map(Path, ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"))]
)


def _links(page):
    """Yield the target of each relative link and image of a page, without its anchor."""
    for token in MarkdownIt("gfm-like", {"linkify": False}).parse(page.read_text(encoding="utf-8")):
        for child in token.children or []:
            target = child.attrs.get("href") or child.attrs.get("src") or ""
            parts = urlsplit(str(target))
            if parts.path and not parts.scheme:
                yield parts.path


@pytest.mark.parametrize("page", _PAGES, ids=str)
def test_relative_links_lead_to_files(page):
    """Every relative link of a page leads to a file or a folder of the repository."""
    missing = [link for link in _links(page) if not (page.parent / link).exists()]
    assert missing == [], f"{page} must link to files in the data of this test. Mend or add them."


def test_every_decision_is_listed():
    """The list of decisions links to each of them."""
    listed = set(_links(Path("docs/adr/README.md")))
    assert {path.name for path in Path("docs/adr").glob("0*.md")} <= listed
