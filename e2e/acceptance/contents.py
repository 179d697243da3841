"""Compares files of two runs: by their bytes, or in HTML pages by what they say about the data."""

import hashlib
from html.parser import HTMLParser

_PAGE = b"<!DOCTYPE html>"


def digest(content: bytes) -> str:
    """Return a digest of the content of a file.

    An HTML page also states when it was made, and the addresses of its inputs. Neither can be the
    same in two places, so the digest leaves them out.
    """
    if content.startswith(_PAGE):
        content = _without_time_and_place(content.decode())
    return hashlib.sha256(content).hexdigest()


def _without_time_and_place(page: str) -> bytes:
    reader = _Page()
    reader.feed(page)
    reader.close()
    return "\n".join(reader.said).encode()


class _Page(HTMLParser):
    """Collects tags and texts, except for texts in the footer and addresses in the facts."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Record a start tag with its attributes."""
        self.said.append(f"<{tag} {attrs}>")
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Record an end tag, which also closes the tags in it that have no end tag."""
        self.said.append(f"</{tag}>")
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Record a text, unless it is in the footer or an address in the facts."""
        address = "dd" in self._open and (data.startswith("/") or "://" in data)
        if not address and "footer" not in self._open:
            self.said.append(data)
