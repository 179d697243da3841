"""The registry, as crane talks to it: crane's answers as values and as errors that say what to do.

Credentials are crane's own business: it reads Docker's config.json and asks its helpers, so no
secret passes through here.
"""

import json
import re
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from release.errors import ReleaseError, TransientError

_VERSION_LABEL = "org.opencontainers.image.version"

_THIS_MACHINE = {"localhost", "127.0.0.1"}
_URL = re.compile(r'https?://[^\s"]+')
_ABSENT = re.compile(r"MANIFEST_UNKNOWN|NAME_UNKNOWN|NOT_FOUND|status code 404")
# What crane says, whether it may pass, and what to do about it. The first match counts.
_FAILURES = (
    (
        r"x509|certificate|tls: ",
        ReleaseError,
        "must present a certificate that this machine trusts",
        "Add its authority to SSL_CERT_FILE, or correct the repository's host",
    ),
    (
        r"UNAUTHORIZED|DENIED|status code 40[13]",
        ReleaseError,
        "must accept your credentials",
        "Run docker login (or crane auth login) for this registry",
    ),
    (
        r"IMMUTABLE|status code 409",
        ReleaseError,
        "must let this tag be written",
        "It keeps tags immutable: release another version",
    ),
    (
        r"connection refused|no such host",
        TransientError,
        "must answer, but nothing listens there",
        "Pass another --repository, or run the same command again later",
    ),
    (
        r"TOOMANYREQUESTS|UNAVAILABLE|status code (429|50[0234])"
        r"|EOF|reset|broken pipe|timeout|closed",
        TransientError,
        "must answer",
        "Run the same command again later",
    ),
)


@dataclass(frozen=True)
class Crane:
    """Runs crane.

    Attributes:
        binary: The executable.
        timeout: Seconds that reading or tagging may take.
        push_timeout: Seconds that an upload may take.
    """

    binary: Path
    timeout: float = 60.0
    push_timeout: float = 1800.0

    def digest(self, reference: str) -> str | None:
        """Return the digest that the reference stands for, None if there is no such image."""
        return self._read("digest", reference)

    def version(self, reference: str) -> str | None:
        """Return the version that the image is labelled with, None if there is no such image."""
        config = self._read("config", reference)
        if config is None:
            return None
        labels = json.loads(config).get("config", {}).get("Labels") or {}
        if _VERSION_LABEL not in labels:
            raise ReleaseError(
                f"{reference} must have the label {_VERSION_LABEL}, got none. "
                "It is not an image of this workspace: pass another --repository."
            )
        return str(labels[_VERSION_LABEL])

    def push(self, layout: Path, reference: str) -> None:
        """Upload an OCI layout under the reference."""
        self._run(self.push_timeout, "push", str(layout), reference)

    def tag(self, reference: str, tag: str, timeout: float) -> None:
        """Give the image that the reference stands for a tag, within `timeout` seconds."""
        self._run(timeout, "tag", reference, tag)

    def _read(self, command: str, reference: str) -> str | None:
        try:
            return self._run(self.timeout, command, reference)
        except _AbsentError:
            return None

    def _run(self, timeout: float, command: str, *arguments: str) -> str:
        reference = arguments[-1] if command != "tag" else arguments[0]
        try:
            done = subprocess.run(
                [self.binary, command, *arguments],
                capture_output=True,
                check=False,
                text=True,
                timeout=timeout,
            )
        except subprocess.TimeoutExpired:
            raise TransientError(
                f"{_host(reference)} must answer crane {command} within {timeout:g} s, got "
                "nothing. Run the same command again later."
            ) from None
        if done.returncode:
            raise _failure(reference, done.stderr)
        return done.stdout.strip()


def check_listening(repository: str) -> None:
    """Say how to start a registry where one of this machine is named and none listens.

    Others are left to crane: they may want TLS, a proxy, a login.
    """
    registry = repository.split("/")[0]
    host, _, port = registry.partition(":")
    if host not in _THIS_MACHINE:
        return
    try:
        socket.create_connection((host, int(port or 80)), timeout=5).close()
    except OSError as error:
        raise ReleaseError(
            f"--repository must name a registry that answers, got {repository!r}: "
            f"nothing listens at {registry} ({error}). "
            "Start one with: bazel run //tools:registry"
        ) from None


class _AbsentError(ReleaseError):
    """The registry answered that there is no such image."""


def _host(reference: str) -> str:
    return "registry " + reference.partition("/")[0]


def _failure(reference: str, output: str) -> ReleaseError:
    said = (output.strip().splitlines() or ["crane said nothing"])[-1].removeprefix("Error: ")
    kind = _URL.sub("", said)  # a repository may be called anything
    for pattern, error, rule, advice in _FAILURES:
        if re.search(pattern, kind):
            return error(f"{_host(reference)} {rule}, got {said!r}. {advice}.")
    if _ABSENT.search(kind):
        return _AbsentError(f"{reference} must be there, got {said!r}. Push it first.")
    return ReleaseError(f"{_host(reference)} must do what crane asks, got {said!r}.")
