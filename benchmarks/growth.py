"""The costs that grow with the number of components and pipelines in a workspace."""

from benchmarks import generated
from benchmarks.bazel import Bazel
from benchmarks.costs import Cost
from benchmarks.results import Case, Target, Way, explained
from benchmarks.session import Session

TITLE = "Growth: a workspace of 10, 100 and 1000 components and pipelines"
MINUTES = (9, 1.5)
METHOD = """\
A generated workspace uses this one's rules from outside. It has as many components as pipelines,
each pipeline with its own component, and one image. `analysis` starts a new server, which loads and
analyses `//...`: a target and its tests for each of them. The others are `bazel build` of every YAML:
the first one; with nothing changed; after an edit of one component, of one pipeline, and of the
library, which changes the image and so every YAML. `all images` builds an index with an image for
each of as many components, which import one module each: the first one, and after an edit of one
module. Each size has a server to itself while it is measured, since Bazel checks all files that it
has loaded."""

_SIZES, _QUICK_SIZES = [10, 100, 1000], [10, 100]
_IMAGE_SIZES, _QUICK_IMAGE_SIZES = [15, 1000], [15]
_REPEATS = 3
_NO_OP = "nothing changed"


def measure(running: Session) -> tuple[list[Case], list[str]]:
    """Measure all sizes, in turns."""
    folder = running.folder("growth")
    generated.write_workspace(folder, running.workspace)
    bazel = running.server(folder)
    sizes = _QUICK_SIZES if running.quick else _SIZES
    for size in sizes:
        generated.write_components(folder / f"of_{size}", size)
    running.say("downloading what the rules need")
    bazel.run("build", "//:library_image", f"//of_{sizes[0]}:component_0")
    found: dict[str, dict[int, list[Cost]]] = {}
    for number in range(running.rounds(2) if not running.quick else 1):
        for size in sizes:
            _round(running, bazel, size, number, found)
    for size in _QUICK_IMAGE_SIZES if running.quick else _IMAGE_SIZES:
        _images(running, bazel, size, found)
    cases = [_case(name, costs) for name, costs in found.items()]
    largest = f"//of_{sizes[-1]}:compile"
    cases = [explained(case, lambda _: str(bazel.profile("build", largest))) for case in cases]
    bazel.shutdown()
    return cases, []


def _images(
    running: Session, bazel: Bazel, size: int, found: dict[str, dict[int, list[Cost]]]
) -> None:
    package = bazel.workspace / f"images_of_{size}"
    target = f"//images_of_{size}:images"
    generated.write_images(package, size)
    bazel.shutdown()
    first = bazel.run("build", target)
    running.say(f"{size}, all images: {first.value:.3g} s")
    found.setdefault("all images built", {})[size] = [first]
    edited = found.setdefault("all images, one module edited", {}).setdefault(size, [])
    for repeat in range(_REPEATS):
        generated.write_module(package, size // 2, 1 + repeat)
        edited.append(bazel.run("build", target))
        running.say(f"{size}, one module edited: {edited[-1].value:.3g} s")


def _round(
    running: Session,
    bazel: Bazel,
    size: int,
    number: int,
    found: dict[str, dict[int, list[Cost]]],
) -> None:
    package = bazel.workspace / f"of_{size}"
    target = f"//of_{size}:compile"

    def note(name: str, cost: Cost) -> None:
        found.setdefault(name, {}).setdefault(size, []).append(cost)
        running.say(f"{size}, {name}: {cost.value:.3g} s")

    bazel.shutdown()
    note("analysis by a new server", bazel.run("build", "--nobuild", f"//of_{size}/..."))
    if not number:
        note("all compiled", bazel.run("build", target))
    else:
        bazel.run("build", target)
    for _ in range(_REPEATS):
        note(_NO_OP, bazel.run("build", target))
    for repeat in range(_REPEATS):
        edition = 1 + number * _REPEATS + repeat
        generated.write_component(package, size // 2, edition)
        note("one component edited", bazel.run("build", target))
        generated.write_user(package, size // 2, edition)
        note("one pipeline edited", bazel.run("build", target))
    if not number:
        generated.write_library(bazel.workspace, size)
        note("the library edited", bazel.run("build", target))


def _case(name: str, costs: dict[int, list[Cost]]) -> Case:
    ways = [Way(str(size), values) for size, values in costs.items()]
    targets = []
    if name == _NO_OP:
        first, last = ways[0].name, ways[-1].name
        targets = [Target(last, first, at_most=3)]
    return Case(name, ways, targets)
