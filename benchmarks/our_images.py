"""The images that Bazel builds in the copy of the workspace."""

from pathlib import Path

from oci_layout import Image, members

from benchmarks.costs import Cost, run
from benchmarks.library import edition_line
from benchmarks.pushes import size_by_package
from benchmarks.registry import Registry
from benchmarks.session import Session, runfile

OURS, WHOLE = "ours", "ours, the image of the whole library"


class Ours:
    """All images of a version: one of each component, and one of the whole library.

    Attributes:
        name: OURS.
        pushed: References of everything that was pushed.
    """

    name = OURS

    def __init__(self, running: Session, registry: Registry):
        """Prepare, without building anything."""
        self.pushed = list[str]()
        self._session, self._registry = running, registry

    def build(self) -> Cost:
        """Build the parts that have changed."""
        return self._session.bazel.run("build", "//image")

    def rebuild_all(self) -> Cost:
        """Build everything except what was downloaded."""
        self._session.bazel.run("clean")
        return self.build()

    def edit(self, module: str, edition: int) -> None:
        """Change one line of a module of the library."""
        with (self._session.copy / module).open("ab") as file:
            file.write(edition_line(edition))

    def push(self) -> Cost:
        """Push all images as //:push_image does, and return the number of bytes sent."""
        reference = self._registry.reference("ours", len(self.pushed))
        self.pushed.append(reference)
        repository, _, version = reference.rpartition(":")
        flags = [f"--crane={runfile('CRANE')}", f"--layout={self.layout()}"]
        flags += [f"--repository={repository}", f"--version={version}"]
        return self._registry.count(lambda: run([runfile("PUSH_IMAGE"), *flags]))

    def size(self) -> float:
        """Return the size of the compressed layers of the whole library's image above the base."""
        return self.size_of()

    def size_of(self, component: str = "") -> float:
        """Return the size of the compressed layers of a component's image above the base."""
        return float(sum(layer.stat().st_size for layer in self._layers(component)))

    def size_by_package(self) -> str:
        """Say what the whole library's image consists of."""
        return size_by_package((f.stat().st_size, members(f)) for f in self._layers())

    def _layers(self, component: str = "") -> list[Path]:
        return Image(self.layout(f"amd64.{component}".rstrip("."))).above(Image(runfile("BASE")))

    def layout(self, suffix: str = "") -> Path:
        """Return the layout of all images, or that of the image with a suffix of its name."""
        return self._session.copy / "bazel-bin/image" / f"image.{suffix}".rstrip(".")


class Whole:
    """The image of the whole library alone, which a user can push instead of all.

    Attributes:
        name: WHOLE.
        pushed: References of everything that was pushed.
    """

    name = WHOLE

    def __init__(self, ours: Ours, registry: Registry):
        """Push what `ours` builds."""
        self.pushed = list[str]()
        self._ours, self._registry = ours, registry

    def edit(self, _module: str, _edition: int) -> None:
        """Do nothing, since `ours` is what is edited."""

    def push(self) -> Cost:
        """Push the image with crane, and return the number of bytes sent."""
        reference = self._registry.reference("whole", len(self.pushed))
        self.pushed.append(reference)
        return self._registry.count(
            lambda: self._registry.push(self._ours.layout("amd64"), reference)
        )
