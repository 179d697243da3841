"""Turns the answers of registries that refuse or fail into errors that say what to do.

The clients of a registry print its answers, each in its own format. The error is chosen by the HTTP
status if the client reports it, and otherwise by the error codes and the words of the whole answer.

Source:
    OCI distribution specification 1.1, "Error codes". The specification has no code for a tag that is
    immutable; docs/release.md lists what each registry answers, and where that was seen.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from kfp_component_lib.verification.errors import DeliveryError, TransientError

_SHOWN = 400  # characters of an answer


class AbsentError(DeliveryError):
    """The registry does not have the requested manifest, blob or repository."""


class ImmutableError(DeliveryError):
    """The registry does not allow existing content to be overwritten."""


@dataclass(frozen=True)
class Answer:
    """The last answer of a registry, as its client reports it.

    Attributes:
        text: The whole output of the client about it.
        status: The HTTP status; None if the client does not report it, or nothing answered.
        retry_after: The seconds of the header Retry-After.
        path: The path of the requested URL; empty if the client does not report it.
    """

    text: str
    status: int | None = None
    retry_after: float | None = None
    path: str = ""


_IMMUTABLE = re.compile(
    r"immutab|TAG_INVALID.*already exists|cannot (be )?(overwr|update|overrid|modif)"
    r"|(not enough|insufficient) permissions? to (overwrite|delete)|writeEnabled"
    r"|MANIFEST_INVALID.*HTTP 403 Forbidden"
    r"|not allow(ed)?[^.]{0,40}(updat|overwrit|redeploy)|operation is disallowed"
    r"|protected tag|tag[^.]{0,60}(is|are) (locked|protected)|tag[^.]{0,40}already exists",
    re.IGNORECASE | re.DOTALL,
)
# Nexus, if two clients upload the same layer at the same moment: nothing to do with tags.
_SAME_BLOB = re.compile(r"/blobs/sha256:[0-9a-f]+ cannot be updated")
_CERTIFICATE = re.compile(r"x509|certificate|CERTIFICATE_VERIFY")
_UNREACHABLE = re.compile(
    r"connection refused|no such host|no route to host|network is (unreachable|down)"
    r"|host is (unreachable|down)|temporary failure in name resolution|server misbehaving"
    r"|name or service not known|cannot assign requested address",
    re.IGNORECASE,
)
_BROKEN_OFF = re.compile(
    r"\bEOF\b|connection reset|broken pipe|time-?out|timed out|deadline exceeded"
    r"|connection (was )?closed|use of closed|stream error|GOAWAY|transport connection broken"
    r"|content size|unexpected end of JSON|TOOMANYREQUESTS|UNAVAILABLE|unavailable",
    re.IGNORECASE,
)
_NOT_HTTP = re.compile(
    r"malformed HTTP|server gave HTTP response to HTTPS client|HTTP request to an HTTPS server"
    r"|first record does not look like a TLS handshake|tls: |unsupported protocol",
    re.IGNORECASE,
)
_CREDENTIALS = re.compile(r"UNAUTHORIZED|DENIED|\bunauthorized\b|authentication required|denied:")
_HELPER = re.compile(
    r"docker-credential-\S+|credential helper|credentials? stor|config\.json"
    r"|(loading|reading|parsing|decod\w+) (the )?(docker )?config|illegal base64|invalid auth",
    re.IGNORECASE,
)
# The last alternative is the wording of oras.
_ABSENT = re.compile(
    r"MANIFEST_UNKNOWN|NAME_UNKNOWN|BLOB_UNKNOWN|NOT_FOUND|manifest unknown|: not found\s*\Z"
)

_Matches = Callable[[Answer], bool]


def _words(pattern: re.Pattern[str]) -> _Matches:
    return lambda answer: bool(pattern.search(answer.text))


def _statuses(*statuses: int) -> _Matches:
    return lambda answer: answer.status in statuses


def _is_passing(answer: Answer) -> bool:
    """Return whether a status means that the server is busy, starting or unreachable."""
    return answer.status in (408, 425, 429, 499) or (answer.status or 0) // 100 == 5


def _is_no_registry(answer: Answer) -> bool:
    return answer.status == 404 and answer.path.rstrip("/") == "/v2"


def _is_absent(answer: Answer) -> bool:
    return answer.status == 404 or (answer.status is None and bool(_ABSENT.search(answer.text)))


def _is_immutable(answer: Answer) -> bool:
    refused = answer.status is None or answer.status in (400, 401, 403, 405, 409, 412, 423)
    return refused and (answer.status in (409, 423) or bool(_IMMUTABLE.search(answer.text)))


# The first match counts. {host} and {reference} stand for the registry and the requested reference.
_RULES: tuple[tuple[_Matches, type[DeliveryError], str, str], ...] = (
    (
        _is_no_registry,
        DeliveryError,
        "{host} must be an OCI registry",
        "Nothing answers there at /v2/: correct the repository",
    ),
    (
        _is_absent,
        AbsentError,
        "{reference} must be in the registry",
        "Was it released? Check the repository and the version",
    ),
    (
        _words(_SAME_BLOB),
        TransientError,
        "{host} must take a layer that another client uploads at the same moment",
        "Run the same command again later",
    ),
    (
        _is_immutable,
        ImmutableError,
        "{host} must let {reference} be written",
        "The registry keeps what is there: release another version",
    ),
    (
        _statuses(412),
        DeliveryError,
        "{host} must let {reference} be used by its policies",
        "Harbor refuses images with known vulnerabilities in this way: allow this one in its project",
    ),
    (
        _statuses(413),
        DeliveryError,
        "{host} must take uploads of this size",
        "Raise the limit of the registry, or of the proxy before it (client_max_body_size of nginx)",
    ),
    (
        _statuses(401, 403),
        DeliveryError,
        "{host} must accept your credentials",
        "Run docker login (or crane auth login) for this registry, with an account that may do this",
    ),
    (_is_passing, TransientError, "{host} must answer", "Run the same command again later"),
    (
        _words(_CERTIFICATE),
        DeliveryError,
        "{host} must present a certificate that this machine trusts",
        "Add its authority to SSL_CERT_FILE, or correct the repository's host",
    ),
    (
        _words(_NOT_HTTP),
        DeliveryError,
        "{host} must speak the protocol of a registry",
        "Another server listens there: correct the host or the port of the repository",
    ),
    (
        _words(_HELPER),
        DeliveryError,
        "Docker's config.json must be readable, and the helper that it names must be installed",
        "Correct the file (DOCKER_CONFIG names its folder), install the helper, or run docker login",
    ),
    (
        _words(_UNREACHABLE),
        TransientError,
        "{host} must answer, but nothing listens there",
        "Correct the repository, or run the same command again later",
    ),
    (
        _words(_CREDENTIALS),
        DeliveryError,
        "{host} must accept your credentials",
        "Run docker login (or crane auth login) for this registry, with an account that may do this",
    ),
    (
        _words(_BROKEN_OFF),
        TransientError,
        "{host} must answer",
        "Run the same command again later",
    ),
)


def failure(reference: str, answer: Answer) -> DeliveryError:
    """Return the error for an answer.

    Args:
        reference: The requested reference: HOST/PATH with a tag or a digest.
        answer: The answer, as the registry's client reported it.
    """
    host = "registry " + reference.partition("/")[0]
    said = _shown(answer)
    for matches, kind, rule, advice in _RULES:
        if matches(answer):
            message = f"{rule.format(host=host, reference=reference)}, got {said!r}. {advice}."
            if issubclass(kind, TransientError):
                return kind(message, answer.retry_after)
            return kind(message)
    return DeliveryError(f"{host} must accept the request for {reference}, got {said!r}.")


def _shown(answer: Answer) -> str:
    """Return the answer on one line, or its beginning if it is long."""
    text = " ".join(re.sub(r"<[^<>]*>", " ", answer.text).split()) or "nothing"
    if answer.status and str(answer.status) not in text:
        text = f"{answer.status}: {text}"
    return text if len(text) <= _SHOWN else text[:_SHOWN] + " …"
