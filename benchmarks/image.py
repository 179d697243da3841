"""Images: build, rebuild, push and size, compared with Dockerfiles and with rules_py's layers."""

import tarfile
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from crane_registry import serve_counted

from benchmarks.costs import Cost, run, take_turns
from benchmarks.dockerfile import COPIED, EXTRA, ONE_LAYER, TWO_LAYERS, Dockerfile, Storage
from benchmarks.our_images import OURS, Ours, Whole
from benchmarks.outside import find_program
from benchmarks.registry import Registry
from benchmarks.results import Case, Target, Way, explained
from benchmarks.rules_py_layers import GROUPS, ONE_GROUP, RulesPy
from benchmarks.session import Session, runfile
from benchmarks.wheelhouse import pip, wheels

TITLE = "Images: build, rebuild, push, size"
MINUTES = (9, 4)
METHOD = """\
`ours` is `bazel build //image` in the copy of the workspace, with wheels already downloaded and without
a disk cache: one image of each component and one of the whole library. All are pushed, by the program of
`//:push_image`. `the image of the whole library` is the one of them that has what the others' single
image has, pushed alone by crane. `buildah` builds Dockerfiles: from the same base, `pip install` of the
locked wheels, which are mounted (no index is used), with chroot isolation and the vfs storage driver.
`one layer` copies the library's wheel and installs it with all its requirements, as the simplest Dockerfile
does; `two layers` installs the requirements first; `source copied` is the layout that BuildKit's
documentation recommends: the requirements are mounted and pip's cache is a cache mount, then only the
modules are copied, without bytecode. `rules_py` is not built but counted from the layout of its
`py_image_layer`: a layer of all distributions, and the modules, without bytecode, in one layer, its default,
or in a layer for each package, if all of them are listed as groups of a `py_layer_tier`; its launcher, its
interpreter and its virtual environment are left out, in its favour. The others have one image, so every edit
changes the image of all components. All contain the extra `[trees]`. Bytes are those that a client sends to a registry on 127.0.0.1, counted on their way: a first
push to a registry that has the base, and another one after changing one line of a module, of
`splitting.py`, which one component uses, and of `errors.py`, which nearly all do. Size is that of the
compressed layers above the base."""

_UNPRUNED, _COMPONENT = "the same wheels, unpruned", "ours, the image of make_numeric_dataset"
# Modules of the library, by the components that depend on them.
_MODULES = {
    "kfp_component_lib/data_processing/splitting.py": "which one component uses",
    "kfp_component_lib/errors.py": "which nearly all components use",
}
_COUNTED = "counted from its layout"
_DOCKERFILES = (ONE_LAYER, TWO_LAYERS, COPIED)
_PEERS = (TWO_LAYERS, COPIED, ONE_GROUP, GROUPS)
_NO_BUILDAH = "skipped: no buildah on PATH; as root: apt-get install buildah"
_QUICK = "left out by --quick"


def measure(running: Session) -> tuple[list[Case], list[str]]:
    """Build, rebuild and push in turns."""
    crane = runfile("CRANE")
    with serve_counted(crane) as proxy, serve_counted(crane) as separate:
        compared = _Comparison(running, Registry(running, proxy), Registry(running, separate))
        cases = [*compared.first(), compared.size()]
        for module in _MODULES:
            cases += compared.edits(module)
    return cases, []


class _Comparison:
    """Our images and those of the peers, in one registry, which shares blobs among repositories.

    The image of the whole library is one of our images, so it needs a registry of its own.
    """

    def __init__(self, running: Session, registry: Registry, separate: Registry):
        """Prepare all sides; ours is the only one that needs a download.

        Args:
            running: The session.
            registry: The registry of everything except the image of the whole library.
            separate: The registry of that image.
        """
        self._session, self._registry = running, registry
        self._packages = _unpruned(running)
        self._ours = Ours(running, registry)
        running.say("downloading what the image needs")
        self._ours.build()
        self._dockerfiles, self._absent = _dockerfiles(running, registry)
        (wheel,) = wheels(running, EXTRA).glob("kfp_component_lib-*.whl")
        self._others: list[Whole | RulesPy] = [Whole(self._ours, separate)]
        for name in (ONE_GROUP, GROUPS):
            self._others.append(RulesPy(name, running, registry, wheel, self._packages))

    @property
    def _built(self) -> list[Ours | Dockerfile]:
        return [self._ours, *self._dockerfiles]

    @property
    def _pushed(self) -> list[Ours | Dockerfile | Whole | RulesPy]:
        return [*self._built, *self._others]

    def first(self) -> list[Case]:
        """Build everything, and push it to a registry that has only the base."""
        build = self._case("build", self._turns(self._built, "rebuild_all"))
        push = self._case("first push", self._turns(self._built, "push"), unit="bytes")
        for other in self._others:
            other.push()
        return [build, push]

    def size(self) -> Case:
        """Compare the sizes of what was pushed."""
        sizes = {side.name: [Cost(side.size())] for side in self._built}
        sizes[_UNPRUNED] = [Cost(float(self._packages.stat().st_size))]
        sizes[_COMPONENT] = [Cost(self._ours.size_of("make_numeric_dataset"))]
        targets = [Target(peer, OURS, at_least=1.9) for peer in (COPIED, _UNPRUNED)]
        case = self._case("size above the base", sizes, targets, "bytes")
        return explained(case, lambda _target: f"`{OURS}`, {self._ours.size_by_package()}.")

    def edits(self, module: str) -> list[Case]:
        """Change a line of a module, rebuild and push, several times."""
        builds: dict[str, list[Cost]] = defaultdict(list)
        pushes: dict[str, list[Cost]] = defaultdict(list)
        for edition in range(1, self._session.rounds(2) + 1):
            for side in (*self._built, *self._others):
                side.edit(module, edition)
            for name, costs in self._turns(self._built, "build").items():
                builds[name] += costs
            for name, costs in self._turns(self._pushed, "push").items():
                pushes[name] += costs
        what = f"after an edit of {Path(module).name}, {_MODULES[module]}"
        targets = [Target(peer, OURS, at_least=1) for peer in _PEERS]
        push = self._case(f"push {what}", pushes, targets, "bytes")
        return [self._case(f"rebuild {what}", builds), explained(push, self._reason(push))]

    def _reason(self, push: Case) -> Callable[[Target], str]:
        """Return what names the blobs that both sides of a target pushed last."""
        sides = {side.name: side for side in self._pushed}

        def reason(target: Target) -> str:
            said = []
            for name in (OURS, target.over):
                sent = push.way(name).costs[-1].value
                old, new = sides[name].pushed[-2:]
                said.append(f"`{name}`, {self._registry.difference(sent, old, new)}")
            return "; ".join(said) + "."

        return reason

    def _turns(self, sides: Sequence[Any], what: str) -> dict[str, list[Cost]]:
        self._session.say(what)
        return take_turns({side.name: getattr(side, what) for side in sides}, 1, self._session.say)

    def _case(
        self,
        name: str,
        costs: Mapping[str, list[Cost]],
        targets: Sequence[Target] = (),
        unit: str = "s",
    ) -> Case:
        """Return a case; notes say what was left out, and what was not built."""
        counted = {ONE_GROUP: _COUNTED, GROUPS: _COUNTED}
        ways = [Way(way, values, counted.get(way, "")) for way, values in costs.items()]
        ways[1:1] = [Way(way, [], why) for way, why in self._absent.items()]
        return Case(name, ways, targets, unit)


def _dockerfiles(running: Session, registry: Registry) -> tuple[list[Dockerfile], dict[str, str]]:
    """Return the images of Dockerfiles, and why the others are absent."""
    buildah = find_program("buildah")
    if buildah is None:
        return [], dict.fromkeys(_DOCKERFILES, _NO_BUILDAH)
    names = [COPIED] if running.quick else _DOCKERFILES
    storage = Storage(running, buildah, registry.base)
    absent = {name: _QUICK for name in _DOCKERFILES if name not in names}
    return [Dockerfile(name, running, registry, storage) for name in names], absent


def _unpruned(running: Session) -> Path:
    """Return a layer with the library and all its requirements, as pip installs them."""
    folder = wheels(running, EXTRA)
    target = running.folder("unpruned")
    (own,) = folder.glob("kfp_component_lib-*.whl")
    options = ["--quiet", "--no-index", f"--find-links={folder}", f"--target={target}"]
    run(pip("install", *options, f"{own}{EXTRA}"))
    layer = target.with_suffix(".tar.gz")
    with tarfile.open(layer, "w:gz", compresslevel=6) as tar:
        tar.add(target, "opt/site-packages")
    return layer
