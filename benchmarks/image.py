"""Image: build, rebuild, push and size, compared with a Dockerfile built by buildah."""

import json
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from crane_registry import CountingProxy, serve_counted
from oci_layout import Image

from benchmarks.costs import Cost, run, take_turns
from benchmarks.outside import find_program
from benchmarks.results import Case, Target, Way
from benchmarks.session import Session, runfile
from benchmarks.wheelhouse import pip, wheels

TITLE = "Image: build, rebuild, push, size"
MINUTES = (5.5, 2)
METHOD = """\
`ours` is `bazel build //image` in the copy of the workspace, with wheels already downloaded and without
a disk cache; the push uses crane, as `//:push_image` does. `buildah` builds the equivalent of a
Dockerfile: from the same base, `pip install` of the locked wheels, which are mounted (no index is
used), with chroot isolation and the vfs storage driver. `one layer` copies the library and installs
it with all its requirements, as the simplest Dockerfile does; `two layers` installs the requirements
first. Bytes are those that a client sends to a registry on 127.0.0.1, counted on their way: a first
push to a registry that has the base, and another one after changing one line of `datasets.py`. Size
is that of the compressed layers above the base."""

_OURS, _UNPRUNED = "ours", "the same wheels, unpruned"
_SIMPLE, _CAREFUL = "buildah, one layer", "buildah, two layers"
_EDITED = "kfp_component_lib/datasets.py"
_INSTALL = (
    "RUN python3 /wheels/{pip}/pip install --break-system-packages --no-cache-dir --quiet"
    " --no-index --find-links=/wheels"
)
_LAYERS = {
    _SIMPLE: f"""\
FROM {{base}}
COPY library /library
{_INSTALL} /library/*.whl
""",
    _CAREFUL: f"""\
FROM {{base}}
COPY requirements.txt /requirements.txt
{_INSTALL} -r /requirements.txt
COPY library /library
{_INSTALL} --no-deps /library/*.whl
""",
}
_IF_MORE = "the manifest, the configuration and requests are sent in addition to the layer."
_NO_BUILDAH = "skipped: no buildah on PATH; as root: apt-get install buildah"


def measure(running: Session) -> tuple[list[Case], list[str]]:
    """Build, rebuild and push in turns."""
    with serve_counted(runfile("CRANE")) as proxy:
        base = _push_base(running, proxy)
        sides: list[_Ours | _Buildah] = [_Ours(running, proxy)]
        buildah = find_program("buildah")
        if buildah:
            shared = _Storage(running, buildah, base)
            names = [_SIMPLE] if running.quick else [_SIMPLE, _CAREFUL]
            sides += [_Buildah(name, running, proxy, shared) for name in names]
        running.say("downloading what the image needs")
        sides[0].build()
        note = "" if buildah else _NO_BUILDAH
        cases = [
            _case("build", _turns(running, sides, "rebuild_all", 1), note),
            _case("first push", _turns(running, sides, "push", 1), note, unit="bytes"),
            _size(running, sides, note),
            *_edits(running, sides, note),
        ]
    return cases, []


def _turns(
    running: Session, sides: "list[_Ours | _Buildah]", what: str, rounds: int
) -> dict[str, list[Cost]]:
    ways = {side.name: getattr(side, what) for side in sides}
    running.say(what)
    return take_turns(ways, rounds, running.say)


def _edits(running: Session, sides: "list[_Ours | _Buildah]", note: str) -> list[Case]:
    builds: dict[str, list[Cost]] = {side.name: [] for side in sides}
    pushes: dict[str, list[Cost]] = {side.name: [] for side in sides}
    for edition in range(1, running.rounds(2) + 1):
        for side in sides:
            side.edit(edition)
        for found, what in ((builds, "build"), (pushes, "push")):
            for name, costs in _turns(running, sides, what, 1).items():
                found[name] += costs
    fewer = Target(_SIMPLE, _OURS, at_least=1000, if_missed=_IF_MORE)
    return [
        _case("rebuild after one line has changed", builds, note),
        _case("push after one line has changed", pushes, note, [fewer], "bytes"),
    ]


def _size(running: Session, sides: "list[_Ours | _Buildah]", note: str) -> Case:
    sizes = {side.name: [Cost(side.size())] for side in sides}
    sizes[_UNPRUNED] = [Cost(_unpruned(running))]
    targets = [Target(peer, _OURS, at_least=1.9) for peer in (_SIMPLE, _UNPRUNED)]
    return _case("size above the base", sizes, note, targets, "bytes")


def _case(
    name: str,
    costs: dict[str, list[Cost]],
    note: str,
    targets: Sequence[Target] = (),
    unit: str = "s",
) -> Case:
    """Return a case; the note says why buildah was left out."""
    ways = [Way(way, values) for way, values in costs.items()]
    if note:
        ways[1:1] = [Way(name, [], note) for name in _LAYERS]
    return Case(name, ways, targets, unit)


def _push_base(running: Session, proxy: CountingProxy) -> str:
    """Push the base, which every registry has, and return its reference."""
    layout = shutil.copytree(runfile("BASE"), running.folder("base") / "base")
    reference = f"127.0.0.1:{proxy.port}/base:latest"
    run([runfile("CRANE"), "push", "--insecure", layout, reference])
    return reference


class _Ours:
    """The image that Bazel builds."""

    name = _OURS

    def __init__(self, running: Session, proxy: CountingProxy):
        """Prepare, without building anything."""
        self._session = running
        self._proxy = proxy
        self._base = len(Image(runfile("BASE")).layers)

    def build(self) -> Cost:
        """Build the parts that have changed."""
        return self._session.bazel.run("build", "//image")

    def rebuild_all(self) -> Cost:
        """Build everything except what was downloaded."""
        self._session.bazel.run("clean")
        return self.build()

    def edit(self, edition: int) -> None:
        """Change one line of the library."""
        with (self._session.copy / _EDITED).open("a", encoding="utf-8") as file:
            file.write(f"# Edition {edition}.\n")

    def push(self) -> Cost:
        """Push the image, and return the number of bytes sent."""
        before = self._proxy.sent
        reference = f"127.0.0.1:{self._proxy.port}/ours:latest"
        run([runfile("CRANE"), "push", "--insecure", self._layout(), reference])
        return Cost(self._proxy.sent - before)

    def size(self) -> float:
        """Return the bytes of the layers above the base."""
        layers = Image(self._layout()).layers[self._base :]
        return float(sum(layer.stat().st_size for layer in layers))

    def _layout(self) -> Path:
        """Return the layout as plain files; Bazel's may contain links."""
        (index,) = (self._session.copy / "bazel-bin/image").glob("*/index.json")
        target = self._session.folder("layout") / "image"
        return shutil.copytree(index.parent, target)


class _Storage:
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


class _Buildah:
    """The image that a Dockerfile describes."""

    def __init__(self, name: str, running: Session, proxy: CountingProxy, storage: _Storage):
        """Write the folder for the build; `name` is one of _LAYERS."""
        self.name = name
        self._tag = name.replace(", ", "-").replace(" ", "-")
        self._proxy = proxy
        self._storage = storage
        self._wheels = wheels(running)
        self._folder = running.folder("buildah")
        (pip_wheel,) = self._wheels.glob("pip-*.whl")
        (self._own,) = self._wheels.glob("kfp_component_lib-*.whl")
        text = _LAYERS[name].format(pip=pip_wheel.name, base=storage.base)
        (self._folder / "Containerfile").write_text(text, encoding="utf-8")
        requirements = running.workspace / "kfp_component_lib/requirements.txt"
        shutil.copy(requirements, self._folder / "requirements.txt")
        (self._folder / "library").mkdir()
        shutil.copy(self._own, self._folder / "library")

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

    def edit(self, edition: int) -> None:
        """Change one line of the library's wheel."""
        target = self._folder / "library" / self._own.name
        with (
            zipfile.ZipFile(self._own) as old,
            zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
        ):
            for name in old.namelist():
                content = old.read(name)
                if name == _EDITED:
                    content += f"# Edition {edition}.\n".encode()
                if not name.endswith("/RECORD"):
                    new.writestr(name, content)
                else:
                    new.writestr(name, "")

    def push(self) -> Cost:
        """Push the image, and return the number of bytes sent."""
        before = self._proxy.sent
        reference = f"docker://127.0.0.1:{self._proxy.port}/{self._tag}:latest"
        flags = ["--quiet", "--tls-verify=false"]
        self._storage.run("push", *flags, f"localhost/{self._tag}", reference)
        return Cost(self._proxy.sent - before)

    def size(self) -> float:
        """Return the size of the compressed layers above the base, as they were pushed."""
        reference = f"127.0.0.1:{self._proxy.port}/{self._tag}:latest"
        crane = runfile("CRANE")
        text = subprocess.run(
            [crane, "manifest", "--insecure", reference], check=True, stdout=subprocess.PIPE
        ).stdout
        layers = json.loads(text)["layers"][len(Image(runfile("BASE")).layers) :]
        return float(sum(layer["size"] for layer in layers))


def _unpruned(running: Session) -> float:
    """Return the size of a layer with all requirements of the library, as pip installs them."""
    folder = wheels(running)
    target = running.folder("unpruned")
    (own,) = folder.glob("kfp_component_lib-*.whl")
    run(
        pip("install", "--quiet", "--no-index", f"--find-links={folder}", f"--target={target}", own)
    )
    layer = target.with_suffix(".tar.gz")
    with tarfile.open(layer, "w:gz", compresslevel=6) as tar:
        tar.add(target, "opt/site-packages")
    return float(layer.stat().st_size)
