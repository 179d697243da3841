"""The programs that read registries: crane, skopeo or oras, whichever is installed.

Registries differ in tokens, redirects, certificates and the places of credentials. These programs
handle all of that, so nothing here speaks HTTP to a registry. They also handle the credentials:
they read Docker's config.json and call its credential helpers.
"""

import email.parser
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from kfp_component_lib.verification import programs
from kfp_component_lib.verification.answers import Answer, failure
from kfp_component_lib.verification.errors import DeliveryError

MANIFEST_LIMIT = 8 << 20  # bytes; by the distribution specification registries accept 4 MiB
SECONDS = 60.0
_IMAGE_SECONDS = 1800.0
_LOOPBACK = re.compile(r"(localhost|127(\.\d+){3}|\[::1\])(:\d+)?")
_STATUS_IN_WORDS = re.compile(r"status(?: code)?:? (\d{3})\b")


class Blob(NamedTuple):
    """A blob of an image: its digest and its size in bytes, as stated in the image's manifest."""

    digest: str
    size: int


class Client(Protocol):
    """Reads from registries."""

    def manifest(self, reference: str) -> bytes:
        """Return a manifest, byte for byte.

        Raises:
            AbsentError: If the registry does not have it.
        """

    def save_image(self, reference: str, blobs: Sequence[Blob], folder: Path) -> None:
        """Write the blobs of an image to a folder; each file is named by its digest in hex.

        Args:
            reference: The image, by its digest.
            blobs: The configuration and the layers that its manifest lists.
            folder: An existing folder.
        """


@dataclass(frozen=True)
class Crane:
    """The program crane, which can also write to registries.

    Attributes:
        binary: The executable.
        environment: Its complete environment; None passes on the environment of this program.
    """

    binary: Path | str
    environment: Mapping[str, str] | None = field(default=None, repr=False)

    def manifest(self, reference: str) -> bytes:
        """Return a manifest, byte for byte."""
        return self.run(["manifest", reference], reference)

    def save_image(self, reference: str, blobs: Sequence[Blob], folder: Path) -> None:
        """Write the blobs of an image to a folder."""
        repository = reference.partition("@")[0]
        for blob in blobs:
            command = [self.binary, "-v", "blob", f"{repository}@{blob.digest}"]
            with (folder / blob.digest.partition(":")[2]).open("wb") as file:
                done = programs.run(command, _IMAGE_SECONDS, blob.size, file, self.environment)
            if done.status:
                raise failure(f"{repository}@{blob.digest}", cranes_answer(done.errors))

    def run(self, arguments: Sequence[str], reference: str, seconds: float = SECONDS) -> bytes:
        """Return the output of a crane command about a reference.

        With -v crane logs every request and answer, but no credentials. Only this log states the
        status of each refusal, and after how many seconds to try again.

        Raises:
            DeliveryError: If crane fails; the error states the reason and what to do.
        """
        command = [self.binary, "-v", *arguments]
        done = programs.run(command, seconds, MANIFEST_LIMIT, environment=self.environment)
        if done.status:
            raise failure(reference, cranes_answer(done.errors))
        return done.output


@dataclass(frozen=True)
class Skopeo:
    """The program skopeo, which copies whole images.

    Attributes:
        binary: The executable.
    """

    binary: str

    def manifest(self, reference: str) -> bytes:
        """Return a manifest, byte for byte."""
        tls = ["--tls-verify=false"] if _is_loopback(reference) else []
        command = [self.binary, "inspect", "--raw", *tls, f"docker://{reference}"]
        return _run(command, reference, SECONDS)

    def save_image(self, reference: str, blobs: Sequence[Blob], folder: Path) -> None:
        """Write the blobs of an image to a folder."""
        tls = ["--src-tls-verify=false"] if _is_loopback(reference) else []
        command = [self.binary, "copy", "--quiet", "--preserve-digests", *tls]
        _run([*command, f"docker://{reference}", f"dir:{folder}"], reference, _IMAGE_SECONDS)


@dataclass(frozen=True)
class Oras:
    """The program oras.

    Attributes:
        binary: The executable.
    """

    binary: str

    def manifest(self, reference: str) -> bytes:
        """Return a manifest, byte for byte."""
        http = ["--plain-http"] if _is_loopback(reference) else []
        return _run([self.binary, "manifest", "fetch", *http, reference], reference, SECONDS)

    def save_image(self, reference: str, blobs: Sequence[Blob], folder: Path) -> None:
        """Write the blobs of an image to a folder."""
        repository = reference.partition("@")[0]
        http = ["--plain-http"] if _is_loopback(reference) else []
        for blob in blobs:
            target = folder / blob.digest.partition(":")[2]
            command = [self.binary, "blob", "fetch", *http, f"--output={target}"]
            _run([*command, f"{repository}@{blob.digest}"], reference, _IMAGE_SECONDS)


_CLIENTS: Mapping[str, Callable[[str], Client]] = {
    "crane": Crane,
    "skopeo": Skopeo,
    "oras": Oras,
}


def find_client(wanted: str | None = None) -> Client:
    """Return a client that is on PATH: the first of crane, skopeo and oras.

    Args:
        wanted: The name of the client, if it must be a certain one.

    Raises:
        DeliveryError: If there is none.
    """
    for name in [wanted] if wanted else _CLIENTS:
        if found := shutil.which(name):
            return _CLIENTS[name](found)
    raise DeliveryError(
        f"{wanted or 'crane, skopeo or oras'} must be on PATH to read the registry, but was not "
        "found. Install one: apt install skopeo, brew install crane, or go install "
        "github.com/google/go-containerregistry/cmd/crane@latest"
    )


def _is_loopback(reference: str) -> bool:
    return bool(_LOOPBACK.fullmatch(reference.partition("/")[0]))


def _run(command: Sequence[str], reference: str, seconds: float) -> bytes:
    done = programs.run(command, seconds, MANIFEST_LIMIT)
    if done.status:
        raise failure(reference, _answer_in_words(done.errors.strip()))
    return done.output


def _answer_in_words(text: str) -> Answer:
    found = _STATUS_IN_WORDS.search(text)
    return Answer(text, int(found[1]) if found else None)


class _Event(NamedTuple):
    """The answer to a request that crane logged.

    Attributes:
        status: The HTTP status; None if there was no answer.
        url: The requested URL.
        after: The rest of the log.
    """

    status: int | None
    url: str
    after: str


_TIME = r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d"
_EVENT = re.compile(rf"^{_TIME} <-- (?:(\d{{3}}) (\S+)|.* [A-Z]+ (\S+)) \(\S+\)", re.MULTILINE)
_ERROR = re.compile(r"^Error: ", re.MULTILINE)


def cranes_answer(log: str) -> Answer:
    """Return the last answer of a registry to crane, from the log of `crane -v`.

    Source:
        go-containerregistry, pkg/v1/remote/transport/logger.go and error.go.
    """
    starts = [match.end() for match in _ERROR.finditer(log)]
    text = log[starts[-1] :].strip() if starts else log.strip()[-1000:]
    event = _decisive(list(_events(log)), text)
    if event is None or event.status is None or event.status < 400:
        return _answer_in_words(text)
    head = event.after.partition("\n")[2].replace("\r\n", "\n").partition("\n\n")[0]
    headers = email.parser.HeaderParser().parsestr(head.partition("\n")[2])
    wait = str(headers.get("Retry-After", ""))
    return Answer(
        text, event.status, float(wait) if wait.isdecimal() else None, urlsplit(event.url).path
    )


def _events(log: str) -> Iterator[_Event]:
    for match in _EVENT.finditer(log):
        status = int(match[1]) if match[1] else None
        yield _Event(status, match[2] or match[3], log[match.end() :])


def _decisive(events: Sequence[_Event], text: str) -> _Event | None:
    """Return the event that the error is about; the requests of a command may run in parallel."""
    about = [event for event in events if event.url.partition("?")[0] in text]
    last = about or events
    return last[-1] if last else None
