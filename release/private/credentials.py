"""Who uploads the wheel, and where: environment variables, `.env` and .pypirc, never arguments.

Arguments show in the list of processes and in shell histories, and what Bazel sees ends up in its
cache. So secrets come from the environment of the command alone, and go to twine the same way.
"""

import base64
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dotenv.parser import parse_stream
from twine import utils
from twine.exceptions import TwineException

from kfp_component_lib.verification.errors import DeliveryError
from kfp_component_lib.verification.index import Index, authorities_in, without_secrets

_NAMES = (("TWINE_USERNAME", "PYPI_USR"), ("TWINE_PASSWORD", "PYPI_PWD"))
_SECRETS = ("TWINE_PASSWORD", "PYPI_PWD")
# What `.env` may say. Any other variable in it is somebody else's, and reaches no program here.
_IN_DOTENV = {
    *("TWINE_USERNAME", "TWINE_PASSWORD", "TWINE_REPOSITORY", "TWINE_REPOSITORY_URL"),
    *("TWINE_CERT", "TWINE_CLIENT_CERT", "PYPI_USR", "PYPI_PWD", "RELEASE_INDEX_URL"),
    *("PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"),
}


@dataclass(frozen=True)
class Upload:
    """Where the wheel goes, and as whom.

    Attributes:
        url: The upload URL, without credentials.
        index: The same index, to be read.
        environment: What twine gets in its environment.
        secrets: What must never be shown.
    """

    url: str
    index: Index
    environment: Mapping[str, str] = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)


def read_environment(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return the environment, with what `.env` says besides.

    Args:
        environ: The environment. A variable with an empty value counts as one that is not set.
        folder: Where `.env` may lie, which says what the environment does not.

    Raises:
        DeliveryError: If `.env` cannot be read.
    """
    given = {name: value for name, value in environ.items() if value}
    return {**_dotenv(folder / ".env"), **given}


def environment_of_crane(known: Mapping[str, str]) -> dict[str, str]:
    """Return what crane gets in its environment: the authorities to trust, and no password."""
    kept = {name: value for name, value in known.items() if name not in _SECRETS}
    if authorities := authorities_in(known):
        kept.setdefault("SSL_CERT_FILE", authorities)
    return kept


def read_upload(known: Mapping[str, str], index_url: str | None) -> Upload:
    """Find out where the wheel goes and as whom.

    Args:
        known: What `read_environment` returns: TWINE_* counts first, then PYPI_USR and PYPI_PWD.
        index_url: The simple API of the index, if it cannot be told from the upload URL.

    Raises:
        DeliveryError: If no index is named.
    """
    known = dict(known)
    config = _repository(known)
    url = str(config["repository"])
    for (name, short), key in zip(_NAMES, ("username", "password"), strict=True):
        value = known.get(name) or known.get(short) or config.get(key)
        known.update({name: value} if value else {})
    user, password = known.get("TWINE_USERNAME", "__token__"), known.get("TWINE_PASSWORD")
    authorities = authorities_in(known)
    if authorities:
        known.setdefault("REQUESTS_CA_BUNDLE", authorities)
    reading = index_url or known.get("RELEASE_INDEX_URL") or simple_url(url)
    login = (user, password) if password else None
    return Upload(
        url=url,
        index=Index(without_secrets(reading), login, authorities),
        environment={**known, "TWINE_REPOSITORY_URL": url},
        secrets=tuple(filter(None, [password, login and basic(*login)])),
    )


def basic(user: str, password: str) -> str:
    """Return how the header Authorization carries a user and a password."""
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def simple_url(upload_url: str) -> str:
    """Return where an index is read, from where it takes uploads.

    The public index takes uploads at `upload.HOST/legacy/` and is read at `HOST/simple/`; nearly
    all other servers are read at `simple/` below their upload URL.
    """
    parts = urllib.parse.urlsplit(upload_url)
    path = parts.path.rstrip("/")
    if path.endswith("/legacy"):
        return urllib.parse.urlunsplit(
            parts._replace(netloc=parts.netloc.removeprefix("upload."), path="/simple/")
        )
    return urllib.parse.urlunsplit(parts._replace(path=path + "/simple/"))


def _repository(known: Mapping[str, str]) -> Mapping[str, str | None]:
    url, section = known.get("TWINE_REPOSITORY_URL"), known.get("TWINE_REPOSITORY")
    if not (url or section):
        raise DeliveryError(
            "TWINE_REPOSITORY_URL must name the package index, got nothing. Set it to the "
            "upload URL, or set TWINE_REPOSITORY to a section of .pypirc."
        )
    try:
        return utils.get_repository_from_config(utils.DEFAULT_CONFIG_FILE, section or "", url)
    except TwineException as error:
        raise DeliveryError(f"the package index must be known to twine. {error}") from None


def _dotenv(file: Path) -> dict[str, str]:
    """Return what `.env` says, as python-dotenv reads it; values are not expanded."""
    if not file.is_file():
        return {}
    try:
        with file.open(encoding="utf-8") as stream:
            bindings = list(parse_stream(stream))
    except (OSError, UnicodeError) as error:
        raise DeliveryError(f"{file} must be text in UTF-8, got {str(error)!r}.") from None
    for binding in bindings:
        if binding.error:
            raise DeliveryError(
                f"{file} must have lines NAME=VALUE, got another one at line "
                f"{binding.original.line}. Is a quote left open?"
            )
    return {b.key: b.value for b in bindings if b.key in _IN_DOTENV and b.value}
