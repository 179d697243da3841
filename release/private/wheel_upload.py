"""Publishes a wheel with twine, once: a repetition changes nothing, a different wheel is refused."""

import json
import os
import re
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from packaging.utils import parse_wheel_filename
from packaging.version import Version

from kfp_component_lib.verification import programs
from kfp_component_lib.verification.errors import DeliveryError, TransientError
from kfp_component_lib.verification.retry import Retry, say
from release.private.credentials import Upload
from release.private.errors import RefusedError

_SECONDS = 600.0
_PASSING = (408, 425, 429)
_AGAIN = "Run the same command again later"


@dataclass(frozen=True)
class Wheel:
    """A wheel with its final file name."""

    path: Path

    @property
    def project(self) -> str:
        """The normalised name of the distribution."""
        return str(parse_wheel_filename(self.path.name)[0])

    @property
    def version(self) -> Version:
        """The version in the file name."""
        return parse_wheel_filename(self.path.name)[1]

    @property
    def sha256(self) -> str:
        """The hash of the content, in hex."""
        return sha256(self.path.read_bytes()).hexdigest()


@dataclass(frozen=True)
class WheelUpload:
    """The step that publishes a wheel; it may be repeated.

    Attributes:
        wheel: The wheel.
        upload: Where the wheel is uploaded, and by whom.
        retry: How temporary failures are handled.
    """

    wheel: Wheel
    upload: Upload
    retry: Retry

    def is_published(self) -> bool:
        """Return whether the index has this wheel.

        Raises:
            RefusedError: If it has a different wheel with this name.
        """
        return self.retry(self._is_published)

    def publish(self) -> None:
        """Upload the wheel unless it is there already, and wait until the index lists it.

        Raises:
            RefusedError: If there is a different wheel with its name, even a very recent one.
        """
        if self.is_published():
            say(f"wheel: {self.wheel.path.name} is there already")
            return
        self.retry(self._upload_unless_published)
        self.retry(self._must_be_shown)
        say(f"wheel: uploaded {self.wheel.path.name} to {self.upload.url}")

    def _is_published(self) -> bool:
        found = self.upload.index.sha256(self.wheel.project, self.wheel.path.name)
        if found in (None, self.wheel.sha256):
            return found is not None
        raise RefusedError(
            f"{self.wheel.path.name} must keep its content, got sha256 {found} at "
            f"{self.upload.index.url} and {self.wheel.sha256} here. "
            "Release another version: bazel run //release:bump -- patch"
        )

    def _must_be_shown(self) -> None:
        if not self._is_published():
            raise TransientError(
                f"{self.upload.index.url} must list {self.wheel.path.name}, which was uploaded, got "
                f"nothing. {_AGAIN}, or correct RELEASE_INDEX_URL."
            )

    def _upload_unless_published(self) -> None:
        """Check the index before each try: an upload may have succeeded without an answer."""
        if self._is_published():
            return
        try:
            self._upload()
        except DeliveryError:
            if not self._is_published():
                raise

    def _upload(self) -> None:
        environment = {**self.upload.environment, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-m", "release.private.twine_upload", str(self.wheel.path)]
        done = programs.run(command, _SECONDS, environment=environment)
        lines = done.output.decode("utf-8", "replace").splitlines()
        if done.status or not lines:
            raise DeliveryError(f"twine must run, got {self._shown(done.errors[-1000:])!r}.")
        answer = json.loads(lines[-1])
        if answer.get("status") != 200:
            raise self._failure(answer)

    def _failure(self, answer: dict[str, Any]) -> DeliveryError:
        wanted = f"index {self.upload.url} must take the wheel, got"
        if "error" in answer:
            said, kind = self._shown(answer["error"]), answer["kind"]
            if kind == "connection":
                return TransientError(f"{wanted} {said!r}. {_AGAIN}.")
            trust = "Add its authority to SSL_CERT_FILE, or correct TWINE_REPOSITORY_URL."
            advice = trust if kind == "certificate" else _log_in()
            return DeliveryError(f"{wanted} {said!r}. {advice}")
        status = answer["status"]
        said = self._shown(f"{status} {answer['reason']}: {answer['body']}")
        if status in _PASSING or status >= 500:
            return TransientError(f"{wanted} {said!r}. {_AGAIN}.", answer["retry_after"])
        advice = (
            _log_in() if status in (401, 403) else "Fix the error, and run the same command again."
        )
        return DeliveryError(f"{wanted} {said!r}. {advice}")

    def _shown(self, text: str) -> str:
        """Return a server's message on one line, without secrets and HTML tags."""
        for secret in self.upload.secrets:
            text = text.replace(secret, "***")
        return " ".join(re.sub(r"<[^<>]*>", " ", text).split())


def _log_in() -> str:
    return (
        "If the credentials are at fault, set PYPI_USR and PYPI_PWD (in the environment or .env)."
    )
