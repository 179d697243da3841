"""Who uploads the wheel, and where: environment variables, `.env` and .pypirc, never arguments.

Arguments show in the list of processes and in shell histories; what Bazel sees ends up in its
cache. So secrets come from the environment of the command alone and go to twine the same way.
"""

import shlex
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from twine import utils
from twine.exceptions import TwineException

from release import web
from release.errors import ReleaseError
from release.index import Index

_NAMES = (("TWINE_USERNAME", "PYPI_USR"), ("TWINE_PASSWORD", "PYPI_PWD"))


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


def read_upload(environ: Mapping[str, str], folder: Path, index_url: str | None) -> Upload:
    """Find out where the wheel goes and as whom.

    Args:
        environ: The environment: TWINE_* first, then PYPI_USR and PYPI_PWD.
        folder: Where `.env` may lie, which says what the environment does not.
        index_url: The simple API of the index, if it cannot be told from the upload URL.

    Raises:
        ReleaseError: If no index is named.
    """
    given = {name: value for name, value in environ.items() if value}
    known = {**_dotenv(folder / ".env"), **given}
    config = _repository(known)
    url = str(config["repository"])
    for (name, short), key in zip(_NAMES, ("username", "password"), strict=True):
        value = known.get(name) or known.get(short) or config.get(key)
        known.update({name: value} if value else {})
    user, password = known.get("TWINE_USERNAME"), known.get("TWINE_PASSWORD")
    authorization = web.basic(user or "__token__", password) if password else None
    index_url = index_url or known.get("RELEASE_INDEX_URL") or simple_url(url)
    if "SSL_CERT_FILE" in known:
        known.setdefault("REQUESTS_CA_BUNDLE", known["SSL_CERT_FILE"])
    return Upload(
        url=url,
        index=Index(web.without_secrets(index_url), authorization),
        environment={**known, "TWINE_REPOSITORY_URL": url},
        secrets=tuple(filter(None, [password, authorization])),
    )


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
        raise ReleaseError(
            "TWINE_REPOSITORY_URL must name the package index, got nothing. Set it to the "
            "upload URL, or set TWINE_REPOSITORY to a section of .pypirc."
        )
    try:
        return utils.get_repository_from_config(utils.DEFAULT_CONFIG_FILE, section or "", url)
    except TwineException as error:
        raise ReleaseError(f"the package index must be known to twine. {error}") from None


def _dotenv(file: Path) -> dict[str, str]:
    if not file.is_file():
        return {}
    words = shlex.split(file.read_text(encoding="utf-8"), comments=True)
    return dict(word.split("=", 1) for word in words if "=" in word)
