"""From a one-line edit to the cluster: images, push, YAML, and the tasks that run again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from crane_registry import CountingProxy, serve_counted

from benchmarks.costs import Cost, cost_of, take_turns
from benchmarks.dockerfile import COPIED, TWO_LAYERS, Dockerfile, Storage
from benchmarks.edits import add_comment
from benchmarks.outside import find_program
from benchmarks.registry import Registry
from benchmarks.report import amount
from benchmarks.reruns import changed, containers, read_spec, run_again
from benchmarks.results import Case, Target, Way, explained
from benchmarks.session import Session, runfile
from benchmarks.uv_project import UvProject

TITLE = "Chain: from a one-line edit to the cluster"
MINUTES = (9, 4)
METHOD = """\
A comment is added to a module of the library; then images are built and pushed to a registry on
127.0.0.1, and all pipelines are compiled with the references of these images. `ours` is `bazel run
//:push_image` and `bazel build //pipelines:compile`. The others do what one does with one Dockerfile for
all components: buildah builds the image (`two layers` and `source copied` of the image suite; building
the wheel for the former is not counted, in its favour), buildah pushes it under a new tag, and one Python
process compiles all pipelines with that tag, which is faster than `kfp dsl compile` for each. All sides have
built, pushed and compiled before. Bytes are those that clients send to the registry. Tasks are those of
`tabular_training`: the key of KFP's cache contains the image, the command and the arguments of a task, so
a task runs again if one of them differs in the YAML from before the edit, and so does each task that reads
an artifact of a task that runs again. Both evaluations are counted, of which a run takes one; the task that
computes the digest of the data runs in every run, and is counted if it changes. The others need a new tag for
each edit: the key contains the reference of the image and not its content, so under an unchanged tag KFP
would silently reuse results of the old code. A reference with a digest would not help them, since their one
image changes in every edit."""

_OURS = "ours"
_PIPELINE = "tabular_training"
# What they are to the pipeline: its last task alone, one in its middle, all.
_MODULES = ["evaluation/regression.py", "data_processing/splitting.py", "errors.py"]
_QUICK_MODULES = ["data_processing/splitting.py"]
_NO_BUILDAH = "skipped: no buildah on PATH; as root: apt-get install buildah"
_QUICK = "left out of --quick"
_BUILD_INFO = """\
VERSION = {version!r}
REPOSITORY = {repository!r}
"""
# Compiles the pipeline that each file defines; others are imported into it as steps.
_COMPILE = """\
import sys
from importlib import import_module
from pathlib import Path
from kfp.compiler import Compiler
from kfp.dsl.graph_component import GraphComponent
for path in map(Path, sys.argv[1:]):
    module = import_module(f"pipelines.{path.stem}")
    found = [each for each in vars(module).values() if isinstance(each, GraphComponent)]
    (own,) = [each for each in found if each.pipeline_func.__module__ == module.__name__]
    Compiler().compile(own, str(path.with_suffix(".yaml")))
"""


@dataclass(frozen=True)
class _Outcome:
    """What a side did after an edit.

    Attributes:
        steps: The cost of each step, by its name.
        sent: Bytes that were sent to the registry.
        tasks: Tasks that run again.
        changed: How many of them have another container; the others read their artifacts.
    """

    steps: Mapping[str, Cost]
    sent: int
    tasks: int
    changed: int

    @property
    def cost(self) -> Cost:
        """The cost of all steps."""
        steps = self.steps.values()
        return Cost(sum(step.value for step in steps), sum(step.cpu for step in steps))

    def __str__(self) -> str:
        """The steps as text for a reader."""
        return ", ".join(f"{name} {amount(step.value, 's')}" for name, step in self.steps.items())


class _Side:
    """A way from an edit to the cluster.

    Attributes:
        name: Its name in the report.
        outcomes: What it did after each edit of the case that is being measured.
    """

    def __init__(self, name: str, proxy: CountingProxy):
        """Prepare, without building anything."""
        self.name = name
        self.outcomes: list[_Outcome] = []
        self._proxy = proxy

    def edit(self, module: str, edition: int) -> None:
        """Change a line of a module of the library."""
        raise NotImplementedError

    def steps(self) -> dict[str, Cost]:
        """Build, push and compile; return the cost of each step."""
        raise NotImplementedError

    def compiled(self) -> Path:
        """Return the compiled pipeline."""
        raise NotImplementedError

    def deliver(self) -> Cost:
        """Build, push and compile after an edit; keep the outcome, and return the cost."""
        before, sent = read_spec(self.compiled()), self._proxy.sent
        steps = self.steps()
        after, sent = read_spec(self.compiled()), self._proxy.sent - sent
        tasks = len(run_again(before, after))
        self.outcomes.append(_Outcome(steps, sent, tasks, len(changed(before, after))))
        return self.outcomes[-1].cost

    @property
    def note(self) -> str:
        """Say why the tasks of the last outcome run again."""
        last, total = self.outcomes[-1], len(containers(read_spec(self.compiled())))
        return f"of {total}; {last.changed} have another image"


class _Ours(_Side):
    """The workspace's own commands."""

    def __init__(self, running: Session, proxy: CountingProxy):
        """Prepare, without building anything."""
        super().__init__(_OURS, proxy)
        self._running = running
        self._repository = f"--//image:repository=127.0.0.1:{proxy.port}/components"

    def edit(self, module: str, edition: int) -> None:
        """Change a line of a module in the copy of the workspace."""
        add_comment(self._running.copy / "kfp_component_lib" / module, edition)

    def steps(self) -> dict[str, Cost]:
        """Build and push all images, then compile; a development version may move its tag."""
        bazel = self._running.bazel
        push = ["//:push_image", "--", "--allow-overwrite"]
        return {
            "bazel run //:push_image": bazel.run("run", self._repository, *push),
            "bazel build //pipelines:compile": bazel.run(
                "build", self._repository, "//pipelines:compile"
            ),
        }

    def compiled(self) -> Path:
        """Return the compiled pipeline in bazel-bin."""
        return self._running.copy / f"bazel-bin/pipelines/{_PIPELINE}.yaml"


class _OneImage(_Side):
    """One image for all components, and pipelines that are compiled with its tag."""

    def __init__(self, dockerfile: Dockerfile, project: UvProject, proxy: CountingProxy):
        """Prepare, without building anything."""
        super().__init__(dockerfile.name, proxy)
        self._dockerfile, self._project = dockerfile, project
        self._compiled = project.folder / f"{dockerfile.name}.yaml"

    def edit(self, module: str, edition: int) -> None:
        """Change a line of a module in the image."""
        self._dockerfile.edit(f"kfp_component_lib/{module}", edition)

    def steps(self) -> dict[str, Cost]:
        """Build the image, push it under a new tag, and compile all pipelines with this tag."""
        steps = {
            "buildah bud": self._dockerfile.build(),
            "buildah push": cost_of(self._dockerfile.push),
        }
        repository, _, version = self._dockerfile.pushed[-1].rpartition(":")
        text = _BUILD_INFO.format(repository=repository, version=version)
        (self._project.folder / "kfp_component_lib/_build_info.py").write_text(text, "utf-8")
        sources = sorted(self._project.folder.glob("pipelines/*.py"))
        steps["compile"] = self._project.run("python", "-c", _COMPILE, *sources)
        (self._project.folder / f"pipelines/{_PIPELINE}.yaml").replace(self._compiled)
        return steps

    def compiled(self) -> Path:
        """Return the compiled pipeline of this image."""
        return self._compiled


def measure(running: Session) -> tuple[list[Case], list[str]]:
    """Edit one module after the other, and deliver the edit in all ways, in turns."""
    with serve_counted(runfile("CRANE")) as proxy:
        others, absent = _others(running, proxy)
        sides = [_Ours(running, proxy), *others]
        for side in sides:
            running.say(f"{side.name}: building, pushing and compiling before any edit")
            side.steps()
        editions = count(1)
        cases = []
        for module in _QUICK_MODULES if running.quick else _MODULES:
            cases += _edits(running, sides, absent, module, editions)
    return cases, []


def _others(running: Session, proxy: CountingProxy) -> tuple[list[_OneImage], dict[str, str]]:
    """Return the ways with one image, and why others are absent."""
    buildah = find_program("buildah")
    if buildah is None:
        return [], dict.fromkeys((TWO_LAYERS, COPIED), _NO_BUILDAH)
    registry = Registry(running, proxy)
    storage = Storage(running, buildah, registry.base)
    project = UvProject(running.folder("uv"), running.copy)
    names = [COPIED] if running.quick else [TWO_LAYERS, COPIED]
    dockerfiles = [Dockerfile(name, running, registry, storage) for name in names]
    absent = {TWO_LAYERS: _QUICK} if running.quick else {}
    return [_OneImage(dockerfile, project, proxy) for dockerfile in dockerfiles], absent


def _edits(
    running: Session,
    sides: Sequence[_Side],
    absent: Mapping[str, str],
    module: str,
    editions: "count[int]",
) -> list[Case]:
    for side in sides:
        side.outcomes.clear()
    running.say(f"one line of {module} changed")
    for _ in range(running.rounds(2)):
        for side in sides:
            side.edit(module, next(editions))
        take_turns({side.name: side.deliver for side in sides}, 1, running.say)
    return [
        _case(f"{module}: until pushed and compiled", sides, absent, lambda one: one.cost),
        _case(f"{module}: push", sides, absent, lambda one: Cost(one.sent), "bytes"),
        _case(f"{module}: run again", sides, absent, lambda one: Cost(one.tasks), "tasks"),
    ]


def _case(
    name: str,
    sides: Sequence[_Side],
    absent: Mapping[str, str],
    value: Callable[[_Outcome], Cost],
    unit: str = "s",
) -> Case:
    """Return a case, with a target beside the best of the others."""
    ways = [
        Way(side.name, [value(one) for one in side.outcomes], side.note if unit == "tasks" else "")
        for side in sides
    ]
    targets = []
    if others := ways[1:]:
        strongest = min(others, key=lambda way: way.value).name
        targets = [Target(strongest, _OURS, at_least=1)]
    ways += [Way(way, [], why) for way, why in absent.items()]
    return explained(Case(name, ways, targets, unit), lambda _: _reason(sides))


def _reason(sides: Sequence[_Side]) -> str:
    """Return what each side did in the last round."""
    said = []
    for side in sides:
        last = side.outcomes[-1]
        sent = amount(last.sent, "bytes")
        said.append(f"`{side.name}`: {last}; {sent} sent; {last.changed} tasks with another image")
    return f"in the last round, {'. '.join(said)}."
