"""What makes two files of a run the same: their bytes, or of a page what it says of the data."""

import hashlib
from html.parser import HTMLParser

_PAGE = b"<!DOCTYPE html>"


def digest(content: bytes) -> str:
    """Return a digest of a file.

    A page also says when it was made and at which addresses its inputs lie. Neither can be the same in
    two places, so they do not count.
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
    """Collects tags and texts, but for the footer's and for addresses among the facts."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag with all that it says."""
        self.said.append(f"<{tag} {attrs}>")
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Leave the tag, and those in it that have no end."""
        self.said.append(f"</{tag}>")
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Note a text."""
        address = "dd" in self._open and (data.startswith("/") or "://" in data)
        if not address and "footer" not in self._open:
            self.said.append(data)
