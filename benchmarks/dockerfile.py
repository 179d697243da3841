"""Images that Dockerfiles describe, built by buildah."""

import shutil
from pathlib import Path

from benchmarks.costs import Cost, run
from benchmarks.library import Library
from benchmarks.registry import Registry
from benchmarks.session import Session
from benchmarks.wheelhouse import wheels

EXTRA = "[trees]"
ONE_LAYER, TWO_LAYERS, COPIED = (
    "buildah, one layer",
    "buildah, two layers",
    "buildah, source copied",
)
_PIP = "python3 /wheels/{pip}/pip install --break-system-packages --quiet"
_WHEELS = "--no-index --find-links=/wheels"
_TEXTS = {
    ONE_LAYER: f"""\
FROM {{base}}
COPY library /library
RUN {_PIP} --no-cache-dir {_WHEELS} '/library/{{own}}{EXTRA}'
""",
    TWO_LAYERS: f"""\
FROM {{base}}
COPY requirements.txt /requirements.txt
RUN {_PIP} --no-cache-dir {_WHEELS} -r /requirements.txt
COPY library /library
RUN {_PIP} --no-cache-dir {_WHEELS} --no-deps /library/{{own}}
""",
    COPIED: f"""\
FROM {{base}}
RUN --mount=type=cache,target=/root/.cache/pip \\
    --mount=type=bind,source=requirements.txt,target=/requirements.txt \\
    {_PIP} {_WHEELS} -r /requirements.txt
ENV PYTHONPATH=/source
COPY source /source
""",
}


class Storage:
    """The storage of buildah, which contains the base."""

    def __init__(self, running: Session, command: list[str], base: str):
        """Pull the base."""
        folder = running.folder("storage")
        places = [f"--root={folder / 'root'}", f"--runroot={folder / 'run'}"]
        self._command = [*command, "--storage-driver=vfs", *places]
        self.base = base
        self.run("pull", "--quiet", "--tls-verify=false", f"docker://{base}")

    def run(self, *arguments: str) -> Cost:
        """Run buildah."""
        return run([*self._command, *arguments])


class Dockerfile:
    """The image that a Dockerfile describes.

    Attributes:
        name: One of ONE_LAYER, TWO_LAYERS and COPIED.
        pushed: References of everything that was pushed.
    """

    def __init__(self, name: str, running: Session, registry: Registry, storage: Storage):
        """Write the folder for the build."""
        self.name, self.pushed = name, list[str]()
        self._tag = name.replace(", ", "-").replace(" ", "-")
        self._registry, self._storage = registry, storage
        self._wheels = wheels(running, EXTRA)
        self._folder = running.folder("buildah")
        (own,) = self._wheels.glob("kfp_component_lib-*.whl")
        self._library = Library(own)
        self._write_context(running.workspace / "kfp_component_lib", own.name)

    def _write_context(self, sources: Path, own: str) -> None:
        (pip,) = self._wheels.glob("pip-*.whl")
        text = _TEXTS[self.name].format(pip=pip.name, base=self._storage.base, own=own)
        (self._folder / "Containerfile").write_text(text, encoding="utf-8")
        with (self._folder / "requirements.txt").open("wb") as file:
            for name in ("requirements.txt", "requirements_trees.txt"):
                file.write((sources / name).read_bytes())
        (self._folder / "library").mkdir()
        shutil.copy(self._wheels / own, self._folder / "library")
        self._library.write_modules(self._folder / "source")

    def build(self) -> Cost:
        """Build the parts that have changed; layers are kept, as an engine does."""
        return self._build()

    def rebuild_all(self) -> Cost:
        """Build everything above the base."""
        return self._build("--no-cache")

    def _build(self, *flags: str) -> Cost:
        return self._storage.run(
            "bud",
            "--layers",
            "--quiet",
            "--isolation=chroot",
            "--pull-never",
            f"--volume={self._wheels}:/wheels:ro",
            f"--tag=localhost/{self._tag}",
            *flags,
            str(self._folder),
        )

    def edit(self, module: str, edition: int) -> None:
        """Change one line of a module of the library."""
        self._library.edit(module, edition)
        self._library.write_wheel(self._folder / "library")
        self._library.write_modules(self._folder / "source")

    def push(self) -> Cost:
        """Push the image, and return the number of bytes sent."""
        reference = self._registry.reference(self._tag, len(self.pushed))
        self.pushed.append(reference)
        flags = ["--quiet", "--tls-verify=false", f"localhost/{self._tag}"]
        return self._registry.count(
            lambda: self._storage.run("push", *flags, f"docker://{reference}")
        )

    def size(self) -> float:
        """Return the size of the compressed layers above the base, as they were pushed."""
        return self._registry.size_above_base(self.pushed[-1])
