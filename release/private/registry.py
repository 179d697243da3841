"""The registry, which a release reads and writes by means of crane."""

import json
import socket
from dataclasses import dataclass
from pathlib import Path

from kfp_component_lib.verification.answers import AbsentError
from kfp_component_lib.verification.checks import VERSION_LABEL
from kfp_component_lib.verification.clients import Crane
from kfp_component_lib.verification.errors import DeliveryError
from kfp_component_lib.verification.retry import Retry

_PUSH_SECONDS = 1800.0
_THIS_MACHINE = {"localhost", "127.0.0.1"}


@dataclass(frozen=True)
class Registry:
    """Reads and writes images, and retries after failures that may be temporary.

    Attributes:
        crane: The program.
        retry: How temporary failures are handled.
    """

    crane: Crane
    retry: Retry

    def digest(self, reference: str) -> str | None:
        """Return the digest of a reference, or None if there is no such image."""
        try:
            return self._run(["digest", reference], reference).decode().strip()
        except AbsentError:
            return None

    def version(self, reference: str) -> str | None:
        """Return the version in the label of an image, or None if it has no such label.

        Raises:
            DeliveryError: If the image is missing, or has no configuration.
        """
        said = self._run(["config", reference], reference)
        try:
            labels = json.loads(said)["config"]["Labels"]
            return None if labels is None else labels.get(VERSION_LABEL)
        except (KeyError, TypeError, ValueError, AttributeError):
            return None

    def push(self, layout: Path, reference: str) -> None:
        """Upload an OCI layout under a reference."""
        self._run(["push", str(layout), reference], reference, _PUSH_SECONDS)

    def tag(self, reference: str, tag: str) -> None:
        """Add a tag to the image that a reference names.

        Raises:
            ImmutableError: If the registry does not allow the tag to be overwritten.
        """
        tagged = f"{reference.partition('@')[0]}:{tag}"
        self.retry(lambda: self.crane.run(["tag", reference, tag], tagged))

    def _run(self, arguments: list[str], reference: str, seconds: float = 60.0) -> bytes:
        return self.retry(lambda: self.crane.run(arguments, reference, seconds))


def check_listening(repository: str) -> None:
    """Explain how to start a registry if a registry on this machine is named and none is running.

    Other registries are left to crane, since they may require TLS, a proxy or a login.

    Raises:
        DeliveryError: If no registry is running.
    """
    registry = repository.split("/")[0]
    host, _, port = registry.partition(":")
    if host not in _THIS_MACHINE:
        return
    try:
        socket.create_connection((host, int(port or 80)), timeout=5).close()
    except (OSError, ValueError, OverflowError) as error:
        raise DeliveryError(
            f"--repository must name a registry that answers, got {repository!r}: "
            f"nothing listens at {registry} ({error}). "
            "Start one with: bazel run //tools:registry"
        ) from None
