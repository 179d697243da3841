"""Reads images from a registry with the standard library alone, for those who have no crane.

Source:
    OCI distribution specification 1.1, of it also "Referrers Tag Schema"; the token scheme of the
    "Docker Registry v2 authentication" documents.
"""

import base64
import hashlib
import json
import os
import re
import subprocess
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from release import web
from release.errors import ReleaseError

_INDEX = "application/vnd.oci.image.index.v1+json"
_MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    _INDEX,
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_LOCAL = re.compile(r"(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$")


@dataclass
class Registry:
    """A repository in a registry.

    Attributes:
        repository: HOST/PATH, without a tag.
    """

    repository: str
    _authorization: str | None = field(default=None, repr=False)

    @property
    def _host(self) -> str:
        return self.repository.partition("/")[0]

    def manifest(self, reference: str) -> tuple[str, dict[str, Any]] | None:
        """Return the digest and the content of a manifest, None if there is none."""
        body = self._get(f"manifests/{reference}", ", ".join(_MANIFESTS))
        if body is None:
            return None
        return _digest(body), json.loads(body)

    def images(self, reference: str) -> dict[str, dict[str, Any]]:
        """Return the image manifests under a reference by their digests, none if it is not there.

        An image is one; an index has several, or further indexes, and perhaps attestations, which
        are images for no platform and left out.
        """
        found = self.manifest(reference)
        return self._images_in(*found) if found else {}

    def _images_in(self, digest: str, manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
        images = {} if "manifests" in manifest else {digest: manifest}
        for entry in manifest.get("manifests", []):
            if entry["mediaType"] == _INDEX or entry["platform"]["architecture"] != "unknown":
                images |= self._images_in(entry["digest"], json.loads(self._named(entry["digest"])))
        return images

    def referrers(self, digest: str) -> list[dict[str, Any]]:
        """Return the manifests that refer to a digest, such as signatures and attestations.

        A registry without the API for it has a tag in its place, which pushers keep.
        """
        instead = digest.replace(":", "-")
        body = self._get(f"referrers/{digest}", _INDEX) or self._get(f"manifests/{instead}", _INDEX)
        entries = json.loads(body)["manifests"] if body else []
        return [json.loads(self._named(entry["digest"])) for entry in entries]

    def _named(self, digest: str) -> bytes:
        return self._checked(digest, self._get(f"manifests/{digest}", ", ".join(_MANIFESTS)))

    def blob(self, digest: str) -> bytes:
        """Return a blob.

        Raises:
            ReleaseError: If it is not there, or is not what its digest says.
        """
        return self._checked(digest, self._get(f"blobs/{digest}", "*/*"))

    def _checked(self, digest: str, body: bytes | None) -> bytes:
        if body is None or _digest(body) != digest:
            raise ReleaseError(
                f"{self.repository} must hold {digest}, got "
                f"{'nothing' if body is None else _digest(body)}. The image is damaged: "
                "tell its publisher."
            )
        return body

    def _get(self, path: str, accept: str) -> bytes | None:
        host, _, name = self.repository.partition("/")
        url = f"{'http' if _LOCAL.match(host) else 'https'}://{host}/v2/{name}/{path}"
        answer = web.read(url, {"Accept": accept}, self._authorization)
        if answer.status == 401 and not self._authorization:
            self._authorization = self._log_in(answer.headers.get("WWW-Authenticate", ""))
            answer = web.read(url, {"Accept": accept}, self._authorization)
        if answer.status == 401:
            raise ReleaseError(
                f"registry {host} must let you read {name}, got 401. Run docker login {host}."
            )
        return None if answer.status == 404 else answer.body

    def _log_in(self, challenge: str) -> str | None:
        login = _credentials(self._host)
        if not challenge.lower().startswith("bearer"):
            return login
        asked = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
        query = urllib.parse.urlencode({k: asked[k] for k in ("service", "scope") if k in asked})
        answer = web.read(f"{asked['realm']}?{query}", {}, login)
        if answer.status != 200:
            return None
        said = json.loads(answer.body)
        return f"Bearer {said.get('token') or said['access_token']}"


def _digest(body: bytes) -> str:
    return "sha256:" + hashlib.sha256(body).hexdigest()


def _credentials(host: str) -> str | None:
    """Return what Docker's configuration, or the helper it names, knows for the registry."""
    folder = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    file = folder / "config.json"
    config = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    helper = config.get("credHelpers", {}).get(host) or config.get("credsStore")
    if helper:
        return _ask(helper, host)
    auth = config.get("auths", {}).get(host, {}).get("auth")
    return web.basic(*base64.b64decode(auth).decode().split(":", 1)) if auth else None


def _ask(helper: str, host: str) -> str | None:
    command = [f"docker-credential-{helper}", "get"]
    said = subprocess.run(command, input=host, capture_output=True, check=False, text=True)
    if said.returncode:
        return None
    login = json.loads(said.stdout)
    return web.basic(login["Username"], login["Secret"])
