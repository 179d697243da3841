"""Publishes a wheel by twine, once: the same again is done, another one is refused."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from packaging.utils import parse_wheel_filename
from packaging.version import Version

from release.credentials import Upload
from release.errors import RefusedError, ReleaseError, TransientError
from release.retry import Retry, say

_TIMEOUT = 600
_PASSES = re.compile(
    r"HTTPError: (408|429|5\d\d)|ConnectionError|ProtocolError|Timeout|RemoteDisconnected"
    r"|Connection (aborted|reset|refused)|ConnectionReset|BrokenPipe"
)


@dataclass(frozen=True)
class Wheel:
    """A wheel under its final name."""

    path: Path

    @property
    def project(self) -> str:
        """The distribution's normalised name."""
        return str(parse_wheel_filename(self.path.name)[0])

    @property
    def version(self) -> Version:
        """The version its name carries."""
        return parse_wheel_filename(self.path.name)[1]

    @property
    def sha256(self) -> str:
        """The hash of its content, in hex."""
        return sha256(self.path.read_bytes()).hexdigest()


@dataclass(frozen=True)
class WheelPublication:
    """The step that publishes a wheel; it may be done again.

    Attributes:
        wheel: The wheel.
        upload: Where it goes, and as whom.
        retry: How failures that may pass are met.
    """

    wheel: Wheel
    upload: Upload
    retry: Retry

    def is_published(self) -> bool:
        """Tell whether the index holds this wheel.

        Raises:
            RefusedError: If it holds another one of this name.
        """
        found = self.upload.index.sha256(self.wheel.project, self.wheel.path.name)
        if found in (None, self.wheel.sha256):
            return found is not None
        raise RefusedError(
            f"{self.wheel.path.name} must keep its content, got sha256 {found} at "
            f"{self.upload.index.url} and {self.wheel.sha256} here. "
            "Release another version: bazel run //release:bump -- patch"
        )

    def publish(self) -> None:
        """Upload the wheel unless it is there already.

        Raises:
            RefusedError: If there is another one of its name, also if it came meanwhile.
        """
        if self.retry(self.is_published):
            say(f"wheel: {self.wheel.path.name} is there already")
            return
        self.retry(self._upload_unless_published)
        say(f"wheel: uploaded {self.wheel.path.name} to {self.upload.url}")

    def _upload_unless_published(self) -> None:
        """Ask again before each try: the last one may have arrived although its answer did not."""
        if self.is_published():
            return
        try:
            self._twine()
        except ReleaseError:
            if not self.is_published():
                raise

    def _twine(self) -> None:
        environment = {**self.upload.environment, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-m", "twine", "--no-color", "upload", "--non-interactive"]
        try:
            done = subprocess.run(
                [*command, "--disable-progress-bar", str(self.wheel.path)],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                check=False,
                text=True,
                timeout=_TIMEOUT,
            )
        except subprocess.TimeoutExpired:
            raise TransientError(
                f"index {self.upload.url} must take the wheel within {_TIMEOUT} s, got nothing. "
                "Run the same command again later."
            ) from None
        if done.returncode:
            raise self._failure(done.stdout)

    def _failure(self, output: str) -> ReleaseError:
        for secret in self.upload.secrets:
            output = output.replace(secret, "***")
        said = " ".join(output.split("ERROR")[-1].split())
        if _PASSES.search(said):
            return TransientError(
                f"index {self.upload.url} must take the wheel, got {said!r}. "
                "Run the same command again later."
            )
        if re.search(r"HTTPError: 40[13]|credential|[Tt]rusted", said):
            advice = "Set PYPI_USR and PYPI_PWD (in the environment or .env), or correct them."
        elif "CERTIFICATE_VERIFY" in said:
            advice = "Add its authority to SSL_CERT_FILE, or correct TWINE_REPOSITORY_URL."
        else:
            advice = "Nothing was published by this step; mend that and run the same again."
        return ReleaseError(f"index {self.upload.url} must take the wheel, got {said!r}. {advice}")
