"""Where and by whom the wheel is uploaded: from the environment, `.env` and .pypirc, not arguments.

Arguments are visible in the list of processes and in shell histories, and anything that Bazel reads
may end up in its cache. So secrets come only from the environment of the command, and are passed on
to twine in the same way.
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
# The variables that `.env` may set. Other variables in it do not reach any program here.
_IN_DOTENV = {
    *("TWINE_USERNAME", "TWINE_PASSWORD", "TWINE_REPOSITORY", "TWINE_REPOSITORY_URL"),
    *("TWINE_CERT", "TWINE_CLIENT_CERT", "PYPI_USR", "PYPI_PWD", "RELEASE_INDEX_URL"),
    *("PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"),
}


@dataclass(frozen=True)
class Upload:
    """Where the wheel is uploaded, and by whom.

    Attributes:
        url: The upload URL, without credentials.
        index: The same index, for reading.
        environment: The environment that twine runs in.
        secrets: Texts that must never be shown.
    """

    url: str
    index: Index
    environment: Mapping[str, str] = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)


def read_environment(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return the environment, extended by the variables in `.env`.

    Args:
        environ: The environment. A variable with an empty value counts as not set.
        folder: Folder that may contain `.env`, which sets variables that the environment does not.

    Raises:
        DeliveryError: If `.env` cannot be read.
    """
    given = {name: value for name, value in environ.items() if value}
    return {**_dotenv(folder / ".env"), **given}


def environment_of_crane(known: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for crane: with the trusted authorities, without passwords."""
    kept = {name: value for name, value in known.items() if name not in _SECRETS}
    if authorities := authorities_in(known):
        kept.setdefault("SSL_CERT_FILE", authorities)
    return kept


def read_upload(known: Mapping[str, str], index_url: str | None) -> Upload:
    """Determine where the wheel is uploaded, and by whom.

    Args:
        known: The result of `read_environment`: TWINE_* takes precedence over PYPI_USR and
            PYPI_PWD.
        index_url: The simple API of the index, if it does not follow from the upload URL.

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
    """Return the value of an Authorization header with a user and a password."""
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def simple_url(upload_url: str) -> str:
    """Return the URL at which an index is read, given the URL to which files are uploaded.

    The public index accepts uploads at `upload.HOST/legacy/` and is read at `HOST/simple/`; nearly
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
    """Return the variables in `.env`, as python-dotenv reads them; values are not expanded."""
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
                f"{file} must consist of lines NAME=VALUE, but does not at line "
                f"{binding.original.line}. Is a quotation mark missing?"
            )
    return {b.key: b.value for b in bindings if b.key in _IN_DOTENV and b.value}
