"""Tests of the built site."""

import os
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest

_SITE = Path("docs/site")
_LOADED = {("img", "src"), ("link", "href"), ("script", "src"), ("source", "src")}


class _Page(HTMLParser):
    """The links, the loaded files, and the anchors of a page."""

    def __init__(self, path):
        super().__init__()
        self.links, self.loaded, self.anchors = set(), set(), set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name == "id":
                self.anchors.add(value)
            elif (tag, name) in _LOADED:
                self.loaded.add(value)
            elif (tag, name) == ("a", "href"):
                self.links.add(value)


_PAGES = {path: _Page(path) for path in sorted(_SITE.rglob("*.html"))}
_EACH = pytest.mark.parametrize("path", _PAGES, ids=lambda path: str(path.relative_to(_SITE)))


def test_the_site_has_every_page():
    """Every page of docs/ is a page of the site."""
    assert len(_PAGES) > 80
    assert {_SITE / "index.html", _SITE / "rules" / "kfp_pipeline.html"} <= _PAGES.keys()


@_EACH
def test_a_page_loads_nothing_from_elsewhere(path):
    """Fonts, scripts, styles and images are files of the site."""
    for file in _PAGES[path].loaded:
        parts = urlsplit(file)
        assert parts.scheme in {"", "data"}, file
        assert parts.scheme or not parts.path or (path.parent / parts.path).is_file(), file


@_EACH
def test_the_links_of_a_page_have_targets(path):
    """A link leads to an anchor, a page or a file of the site, or to another host."""
    for link in _PAGES[path].links:
        parts = urlsplit(link)
        target = Path(os.path.normpath(path.parent / parts.path)) if parts.path else path
        if parts.scheme:
            continue
        assert target.is_file(), link
        assert parts.fragment in {"", *(_PAGES[target].anchors if target in _PAGES else ())}, link


def test_files_outside_the_site_are_in_the_repository():
    """A link to a file that is no page leads to the address of the source."""
    assert "https://example.com/kfp-component-lib/blob/HEAD/offline/README.md" in (
        _PAGES[_SITE / "design.html"].links
    )
