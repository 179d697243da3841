"""The developer's loop: tests and pipelines after an edit, compared with nox, pip and pytest."""

import functools
import shutil
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

from benchmarks.costs import Cost, run, take_turns
from benchmarks.results import Case, Target, Way
from benchmarks.session import Session, runfile
from benchmarks.wheelhouse import pins

TITLE = "Developer loop: tests and pipelines after an edit"
MINUTES = (7, 3)
METHOD = """\
The test files are the same on both sides: those of library modules that need neither SciPy nor more
than a minute. The other side is a project with a `pyproject.toml`, a `noxfile.py` and our sources, as
they would be kept without Bazel: `nox` creates a new virtual environment and installs the locked
versions and the library, `nox -R` reuses it and installs nothing, and `pip + pytest` installs only the
library into it (`pip install --no-deps .`) and runs all the tests. `cold` compares a fresh output base
without a disk cache with nox without its environment; both download from the index of this machine's
pip. An edit adds a last line to a module, `datasets.py` (few modules depend on it) or `errors.py` (all
do), or to a pipeline; our side then compiles the pipeline and compares it with its golden file, and
the other side compiles it."""

_TESTS = {
    "tests/test_datasets.py": "//tests:datasets_test",
    "tests/test_files.py": "//tests:files_test",
    "tests/data_processing/test_loading.py": "//tests/data_processing:loading_test",
    "tests/tables/test_reading.py": "//tests/tables:reading_test",
    "tests/data_processing/test_validation.py": "//tests/data_processing:validation_test",
    "tests/data_processing/test_profiling.py": "//tests/data_processing:profiling_test",
}
_QUICK_TESTS = 3
_PIPELINE = "synthetic_data"
_NOXFILE = """\
import nox


@nox.session(venv_backend="venv")
def tests(session):
    session.install("--constraint=constraints.txt", "pytest", "hypothesis", ".")
    session.run("pytest", "-q", "-p", "no:cacheprovider", *{tests!r})
"""
_PYPROJECT = """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "kfp-component-lib"
version = "0"
dependencies = {requirements!r}

[tool.setuptools.packages.find]
include = ["kfp_component_lib*"]
"""
_NOX, _REUSED, _PIP = "nox", "nox -R", "pip + pytest"
_IF_MISSED = (
    "each test that depends on the module starts a Python that imports pandas and pyarrow again; "
    "pytest imports them once for all tests."
)
_IF_NOX_IS_FAST = (
    "the time of nox is that of pip, whose wheels come from a nearby index; ours is that of any "
    "Bazel command."
)


class _Peer:
    """A project with the same sources and tests that uses nox."""

    def __init__(self, folder: Path, workspace: Path, tests: list[str]):
        """Write the project."""
        self.folder = folder
        self._tests = tests
        for name in ("kfp_component_lib", "tests", "pipelines"):
            shutil.copytree(workspace / name, folder / name)
        shutil.copyfile(runfile("BUILD_INFO"), folder / "kfp_component_lib/_build_info.py")
        requirements = (workspace / "kfp_component_lib/requirements.txt").read_text("utf-8")
        wanted = [line for line in requirements.splitlines() if line and line[0] != "#"]
        self._write("constraints.txt", pins(workspace))
        self._write("noxfile.py", _NOXFILE.format(tests=tests))
        self._write("pyproject.toml", _PYPROJECT.format(requirements=wanted))

    def _write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    @property
    def _bin(self) -> Path:
        return self.folder / ".nox/tests/bin"

    def nox(self, *flags: str) -> Cost:
        """Run nox; its sessions do not see the modules from which nox is imported."""
        code = f"import sys; sys.path[:0] = {sys.path!r}; from nox.__main__ import main; main()"
        return run([sys.executable, "-c", code, *flags], cwd=self.folder)

    def pytest(self) -> Cost:
        """Run the tests in nox's environment."""
        return self._run("pytest", "-q", "-p", "no:cacheprovider", *self._tests)

    def install_and_test(self) -> Cost:
        """Install only the library, then run the tests."""
        return _sum(self._run("pip", "install", "--quiet", "--no-deps", "."), self.pytest())

    def compile(self) -> Cost:
        """Compile the pipeline with KFP's command line; the library is installed already."""
        out = self.folder / f"{_PIPELINE}.yaml"
        source = self.folder / f"pipelines/{_PIPELINE}.py"
        return self._run("kfp", "dsl", "compile", "--py", str(source), "--output", str(out))

    def _run(self, program: str, *arguments: str) -> Cost:
        return run([self._bin / program, *arguments], cwd=self.folder)


def measure(running: Session) -> tuple[list[Case], list[str]]:
    """Measure the cold case first, then the loop with everything that it has built."""
    tests = list(_TESTS)[: _QUICK_TESTS if running.quick else None]
    targets = [_TESTS[test] for test in tests]
    peer = _Peer(running.folder("peer"), running.copy, tests)
    cold = take_turns(
        {"ours": lambda: running.bazel.run("test", *targets), _NOX: peer.nox}, 1, running.say
    )
    cases = [Case("cold", [Way(name, costs) for name, costs in cold.items()])]
    cases.append(_unchanged(running, peer, targets))
    editions = count(1)
    for module in ("datasets.py", "errors.py"):
        cases.append(_library(running, peer, targets, module, lambda: next(editions)))
    cases.append(_pipeline(running, peer, lambda: next(editions)))
    return cases, []


def _unchanged(running: Session, peer: _Peer, targets: list[str]) -> Case:
    ways = {
        "ours": lambda: running.bazel.run("test", *targets),
        _REUSED: lambda: peer.nox("-R"),
        "pytest alone": peer.pytest,
        _NOX: peer.nox,
    }
    few = running.rounds(5)
    rounds = {"ours": few, _REUSED: few, "pytest alone": few, _NOX: 1 if running.quick else 2}
    running.say("nothing changed")
    costs = take_turns(ways, rounds, running.say)
    return Case(
        "nothing changed",
        [Way(name, values) for name, values in costs.items()],
        [
            Target(_REUSED, "ours", at_least=4),
            Target(_NOX, "ours", at_least=90, if_missed=_IF_NOX_IS_FAST),
        ],
    )


def _library(
    running: Session, peer: _Peer, targets: list[str], module: str, edition: Callable[[], int]
) -> Case:
    name = f"one line of {module} changed, all tests"
    ways = {
        "ours": lambda: running.bazel.run("test", *targets),
        _PIP: peer.install_and_test,
    }
    running.say(name)
    file = f"kfp_component_lib/{module}"
    places = [running.copy / file, peer.folder / file]
    costs = take_turns(_edited(ways, places, edition), running.rounds(5), running.say)
    found = [Way(way, values) for way, values in costs.items()]
    return Case(name, found, [Target(_PIP, "ours", at_least=3, if_missed=_IF_MISSED)])


def _pipeline(running: Session, peer: _Peer, edition: Callable[[], int]) -> Case:
    target = f"//pipelines:{_PIPELINE}"
    wanted = [target, f"{target}_test"]
    running.say("one line of a pipeline changed; building its image first")
    running.bazel.run("test", *wanted)
    ways = {
        "ours": lambda: running.bazel.run("test", *wanted),
        "kfp dsl compile": peer.compile,
    }
    file = f"pipelines/{_PIPELINE}.py"
    places = [running.copy / file, peer.folder / file]
    costs = take_turns(_edited(ways, places, edition), running.rounds(5), running.say)
    found = [Way(way, values) for way, values in costs.items()]
    return Case("one line of a pipeline changed", found)


def _edited(
    ways: dict[str, Callable[[], Cost]], places: list[Path], edition: Callable[[], int]
) -> dict[str, Callable[[], Cost]]:
    """Begin each way with an edit of its own copy."""

    def after_edit(way: Callable[[], Cost], place: Path) -> Cost:
        with place.open("a", encoding="utf-8") as file:
            file.write(f"# Edition {edition()}.\n")
        return way()

    pairs = zip(ways.items(), places, strict=True)
    return {name: functools.partial(after_edit, way, place) for (name, way), place in pairs}


def _sum(first: Cost, second: Cost) -> Cost:
    return Cost(first.value + second.value, first.cpu + second.cpu)
