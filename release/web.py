"""Reads over HTTP with the standard library alone: what a server says, or an error that helps."""

import base64
import os
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message

from release.errors import ReleaseError, TransientError

_PASSES = {408, 425, 429, 500, 502, 503, 504}


@dataclass(frozen=True)
class Answer:
    """A server's answer."""

    status: int
    headers: Message
    body: bytes


def read(url: str, headers: Mapping[str, str], authorization: str | None = None) -> Answer:
    """Return what the server answers, also if that is 401 or 404.

    Args:
        url: What to read; without credentials.
        headers: Request headers.
        authorization: The header of that name, which a redirect to another host does not get.

    Raises:
        TransientError: If the server cannot be reached, or fails in a way that may pass.
        ReleaseError: If its certificate is not trusted, or it refuses for good.
    """
    request = urllib.request.Request(url, headers=dict(headers))
    if authorization:
        request.add_unredirected_header("Authorization", authorization)
    try:
        with urllib.request.urlopen(request, timeout=30, context=_context()) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        with error:
            if error.code in (401, 404):
                return Answer(error.code, error.headers, error.read())
        kind = TransientError if error.code in _PASSES else ReleaseError
        raise kind(
            f"{url} must answer, got {error.code} {error.reason}. Try again later."
        ) from None
    except OSError as error:
        raise _unreachable(url, error) from None


def basic(user: str, password: str) -> str:
    """Return the Authorization header for a user and a password."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def without_secrets(url: str) -> str:
    """Return the URL without its user and password."""
    parts = urllib.parse.urlsplit(url)
    return urllib.parse.urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _context() -> ssl.SSLContext:
    given = os.environ.get("TWINE_CERT") or os.environ.get("REQUESTS_CA_BUNDLE")
    return ssl.create_default_context(cafile=given or None)


def _unreachable(url: str, error: OSError) -> ReleaseError:
    reason = getattr(error, "reason", error)
    if isinstance(reason, ssl.SSLCertVerificationError):
        return ReleaseError(
            f"{url} must present a certificate that this machine trusts, got "
            f"{reason.verify_message!r}. Add its authority to SSL_CERT_FILE, or correct the host."
        )
    return TransientError(
        f"{url} must answer, got {str(reason)!r}. Start the server, or run the same again later."
    )
