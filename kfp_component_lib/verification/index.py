"""The content of a package index for one project, by the simple repository API.

Source:
    "Simple repository API" of the Python packaging specifications, as implemented by pypi-simple.
"""

import hashlib
import json
import multiprocessing
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing.pool import ThreadPool
from typing import TypeVar
from urllib.parse import unquote, urlsplit, urlunsplit

import requests
from packaging.utils import canonicalize_name
from pypi_simple import ACCEPT_ANY, DistributionPackage, ProjectPage
from pypi_simple.errors import UnsupportedRepoVersionError

from kfp_component_lib.verification.errors import DeliveryError, TransientError

T = TypeVar("T")
_CONNECT_SECONDS = 30.0
_PAGE_SECONDS = 60.0
_FILE_SECONDS = 600.0
_PAGE_LIMIT = 64 << 20
_FILE_LIMIT = 512 << 20
_CHUNK = 1 << 16
_NO_URL = (
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
)
_JSON = "application/vnd.pypi.simple.v1+json"
_HTML = ("text/html", "application/vnd.pypi.simple.v1+html")
_PASSING = (408, 425, 429)
# requests, twine, pip and Go read the file of authorities from these variables, in this order.
_AUTHORITIES = ("TWINE_CERT", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


@dataclass(frozen=True)
class Index:
    """A package index.

    Attributes:
        url: The URL of its simple API without credentials, as for the option --index-url of pip.
        login: User and password, if they are needed to read the index.
        authorities: File of the trusted certificate authorities; None means the defaults of
            requests.
    """

    url: str
    login: tuple[str, str] | None = field(default=None, repr=False)
    authorities: str | None = None

    @classmethod
    def from_url(cls, url: str, environ: Mapping[str, str] = os.environ) -> "Index":
        """Return the index of a URL, which may contain a user and a password as pip allows."""
        parts = urlsplit(url)
        login = None
        if parts.password is not None:
            login = unquote(parts.username or ""), unquote(parts.password)
        return cls(without_secrets(url), login, authorities_in(environ))

    def sha256(self, project: str, filename: str) -> str | None:
        """Return the hash of a published file, or None if it is not published."""
        found = self._find(project, filename)
        if found is None:
            return None
        return found.digests.get("sha256") or hashlib.sha256(self._download(found)).hexdigest()

    def download(self, project: str, filename: str) -> bytes | None:
        """Return the content of a published file, or None if it is not published."""
        found = self._find(project, filename)
        return self._download(found) if found else None

    def _find(self, project: str, filename: str) -> DistributionPackage | None:
        url = f"{self.url.rstrip('/')}/{canonicalize_name(project)}/"
        answer = self._read(url, _PAGE_SECONDS, _PAGE_LIMIT, {"Accept": ACCEPT_ANY})
        if answer.status == 404:
            return None
        packages = _page(answer, project).packages
        return next((package for package in packages if package.filename == filename), None)

    def _download(self, package: DistributionPackage) -> bytes:
        answer = self._read(package.url, _FILE_SECONDS, _FILE_LIMIT, {})
        if answer.status != 200:
            raise DeliveryError(
                f"{without_secrets(package.url)} must be available, got {answer.status}: "
                "the page of the index lists it."
            )
        return answer.body

    def _read(self, url: str, seconds: float, limit: int, headers: Mapping[str, str]) -> "_Answer":
        """Return the answer to a GET request, even if its status is 404.

        Raises:
            TransientError: If the server cannot be reached, or fails in a way that may be
                temporary.
            DeliveryError: If the server refuses permanently, or its certificate is not trusted.
        """
        try:
            answer = _within(seconds, url, lambda: self._get(url, limit, headers))
        except requests.exceptions.SSLError as error:
            raise _distrusted(url, error) from None
        except _NO_URL as error:
            raise DeliveryError(f"{self.url} must be the URL of an index. {error}") from None
        except (requests.exceptions.RequestException, OSError) as error:
            raise TransientError(
                f"{without_secrets(url)} must answer, got {_root(error)!r}. Start the server, "
                "correct the URL, or run the same command again later."
            ) from None
        self._must_be_accepted(answer)
        return answer

    def _get(self, url: str, limit: int, headers: Mapping[str, str]) -> "_Answer":
        same_host = urlsplit(url).netloc == urlsplit(self.url).netloc
        body = bytearray()
        with requests.Session() as session:
            session.verify = self.authorities or True
            response = session.get(
                url,
                auth=self.login if same_host else None,
                headers=dict(headers),
                stream=True,
                timeout=_CONNECT_SECONDS,
            )
            for chunk in response.iter_content(_CHUNK):
                body += chunk
                if len(body) > limit:
                    raise DeliveryError(
                        f"{without_secrets(url)} must have at most {limit:,} bytes, got more."
                    )
        return _Answer(
            response.url, response.status_code, response.reason, response.headers, bytes(body)
        )

    def _must_be_accepted(self, answer: "_Answer") -> None:
        if answer.status in (200, 404):
            return
        if answer.status in (401, 403):
            raise DeliveryError(
                f"index {self.url} must let you read it, got {answer.status}. "
                "Set PYPI_USR and PYPI_PWD, or correct them."
            )
        said = f"{without_secrets(answer.url)} must answer, got {answer.status} {answer.reason}."
        if answer.status in _PASSING or answer.status >= 500:
            raise TransientError(f"{said} Try again later.", _retry_after(answer.headers))
        raise DeliveryError(f"{said} Correct the URL of the index.")


@dataclass(frozen=True)
class _Answer:
    """The answer of a server, after all redirects."""

    url: str
    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes


def without_secrets(url: str) -> str:
    """Return the URL without its user and its password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def authorities_in(environ: Mapping[str, str]) -> str | None:
    """Return the file of certificate authorities that the environment names."""
    return next((environ[name] for name in _AUTHORITIES if environ.get(name)), None)


def _page(answer: _Answer, project: str) -> ProjectPage:
    """Return the page of a project.

    Raises:
        DeliveryError: If the answer is not a page of the simple repository API.
    """
    kind = answer.headers.get("Content-Type", "text/html").partition(";")[0].strip().lower()
    try:
        if kind == _JSON:
            return ProjectPage.from_json_data(json.loads(answer.body), answer.url)
        if kind in _HTML:
            return ProjectPage.from_html(project, answer.body, answer.url)
        reason = f"the content type {kind}"
    except (
        UnsupportedRepoVersionError,
        ValueError,
        LookupError,
        TypeError,
        RecursionError,
    ) as error:
        reason = " ".join(str(error).split())[:200]
    raise DeliveryError(
        f"{without_secrets(answer.url)} must be a page of the simple repository API, got "
        f"{answer.body[:60]!r} ({reason}). Pass the --index-url of the index."
    )


def _within(seconds: float, url: str, work: Callable[[], T]) -> T:
    """Return the result of `work` if it takes no longer than `seconds`.

    The timeouts of requests do not cover a server that sends a byte now and then. So the work runs
    in another thread, which is abandoned after the time limit.
    """
    try:
        return ThreadPool(1).apply_async(work).get(seconds)
    except multiprocessing.TimeoutError:
        raise TransientError(
            f"{without_secrets(url)} must answer within {seconds:g} s, but has not. Try again "
            "later."
        ) from None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    text = headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else None


def _distrusted(url: str, error: Exception) -> DeliveryError:
    return DeliveryError(
        f"{without_secrets(url)} must present a certificate that this machine trusts, got "
        f"{_root(error)!r}. Add its authority to SSL_CERT_FILE, or correct the host."
    )


def _root(error: BaseException) -> str:
    """Return the innermost error; those of requests wrap one another."""
    while error.args and isinstance(error.args[0], BaseException):
        error = error.args[0]
    reason = getattr(error, "reason", None)
    return _root(reason) if isinstance(reason, BaseException) else str(error)
