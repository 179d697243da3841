"""What a package index holds of a project, by the simple repository API.

Source:
    "Simple repository API" of the Python packaging specifications: HTML and JSON.
"""

import hashlib
import json
import re
import urllib.parse
from dataclasses import dataclass, field
from html.parser import HTMLParser

from release import web
from release.errors import ReleaseError

_ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.5"


@dataclass(frozen=True)
class Index:
    """A package index.

    Attributes:
        url: Its simple API, as pip's --index-url takes it; without credentials.
        authorization: The header of that name, if reading needs one.
    """

    url: str
    authorization: str | None = field(default=None, repr=False)

    @classmethod
    def from_url(cls, url: str) -> "Index":
        """Return the index of a URL that may carry a user and a password, as pip's may."""
        parts = urllib.parse.urlsplit(url)
        if parts.password is None:
            return cls(url)
        login = map(urllib.parse.unquote, (parts.username or "", parts.password))
        return cls(web.without_secrets(url), web.basic(*login))

    def sha256(self, project: str, filename: str) -> str | None:
        """Return the hash of a published file, None if it is not published."""
        found = self._files(project).get(filename)
        if found is None:
            return None
        return found[1] or hashlib.sha256(self._read(found[0])).hexdigest()

    def download(self, project: str, filename: str) -> bytes | None:
        """Return the content of a published file, None if it is not published."""
        found = self._files(project).get(filename)
        return self._read(found[0]) if found else None

    def _files(self, project: str) -> dict[str, tuple[str, str | None]]:
        page = f"{self.url.rstrip('/')}/{re.sub('[-_.]+', '-', project).lower()}/"
        answer = web.read(page, {"Accept": _ACCEPT}, self.authorization)
        if answer.status == 404:
            return {}
        self._must_be_allowed(answer.status)
        if "json" in answer.headers.get_content_type():
            return _json_files(page, answer.body)
        return _html_files(page, answer.body)

    def _read(self, url: str) -> bytes:
        same_host = urllib.parse.urlsplit(url).netloc == urllib.parse.urlsplit(self.url).netloc
        answer = web.read(url, {}, self.authorization if same_host else None)
        self._must_be_allowed(answer.status)
        if answer.status != 200:
            raise ReleaseError(f"{url} must be there, got {answer.status}: its index names it.")
        return answer.body

    def _must_be_allowed(self, status: int) -> None:
        if status == 401:
            raise ReleaseError(
                f"index {self.url} must let you read it, got 401. "
                "Set PYPI_USR and PYPI_PWD, or correct them."
            )


def _json_files(page: str, body: bytes) -> dict[str, tuple[str, str | None]]:
    return {
        file["filename"]: (
            urllib.parse.urljoin(page, file["url"]),
            file.get("hashes", {}).get("sha256"),
        )
        for file in json.loads(body)["files"]
    }


def _html_files(page: str, body: bytes) -> dict[str, tuple[str, str | None]]:
    links = _Links()
    links.feed(body.decode("utf-8"))
    files = {}
    for href in links.found:
        url, fragment = urllib.parse.urldefrag(urllib.parse.urljoin(page, href))
        name = urllib.parse.unquote(urllib.parse.urlsplit(url).path.rpartition("/")[2])
        algorithm, _, value = fragment.partition("=")
        files[name] = (url, value if algorithm == "sha256" else None)
    return files


class _Links(HTMLParser):
    """Collects what the page's anchors point at."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the target of an anchor."""
        href = dict(attrs).get("href")
        if tag == "a" and href:
            self.found.append(href)
