"""A registry on this machine, and how many bytes clients send to it."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from crane_registry import CountingProxy
from oci_layout import Image

from benchmarks.costs import Cost, run
from benchmarks.pushes import Blob, blobs, sent_by_kind
from benchmarks.session import Session, runfile


class Registry:
    """A registry that is reached through a counter.

    Attributes:
        base: Reference of the base image, which every registry has.
    """

    def __init__(self, running: Session, proxy: CountingProxy):
        """Push the base."""
        self._proxy = proxy
        self.base = self.reference("base", 0)
        # The layout as plain files, because buildah gets the base from here.
        layout = shutil.copytree(runfile("BASE"), running.folder("base") / "base")
        self.push(layout, self.base)

    def reference(self, repository: str, edition: int) -> str:
        """Return the reference of an edition of an image: a tag that no rule forbids to set."""
        return f"{self.repository(repository)}:0.0.0.dev{edition}"

    def repository(self, name: str) -> str:
        """Return the name of a repository with the registry's address."""
        return f"127.0.0.1:{self._proxy.port}/{name}"

    def push(self, layout: Path, reference: str) -> None:
        """Push an image layout with crane."""
        run([runfile("CRANE"), "push", "--insecure", layout, reference])

    def count(self, push: Callable[[], object]) -> Cost:
        """Return how many bytes a push sends."""
        before = self._proxy.sent
        push()
        return Cost(self._proxy.sent - before)

    def blobs(self, reference: str) -> dict[str, Blob]:
        """Return the parts of an image or index by digest."""
        name = reference.rpartition(":")[0]
        return blobs(
            lambda digest: self._crane("manifest", f"{name}@{digest}"), self._digest(reference)
        )

    def size_above_base(self, reference: str) -> float:
        """Return the size of the compressed layers of an image above the base."""
        below = len(Image(runfile("BASE")).layers)
        manifest = json.loads(self._crane("manifest", reference))
        return float(sum(layer["size"] for layer in manifest["layers"][below:]))

    def difference(self, sent: float, old: str, new: str) -> str:
        """Say what a push sent that put the image `new` beside the image `old`."""
        return sent_by_kind(sent, self.blobs(old), self.blobs(new))

    def _digest(self, reference: str) -> str:
        return self._crane("digest", reference).decode().strip()

    def _crane(self, command: str, reference: str) -> bytes:
        line = [str(runfile("CRANE")), command, "--insecure", reference]
        return subprocess.run(line, check=True, stdout=subprocess.PIPE).stdout
