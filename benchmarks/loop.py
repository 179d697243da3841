"""The developer's loop: tests and pipelines after an edit, compared with uv, pytest, pip and nox."""

import functools
import sys
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path

from benchmarks.bazel_profile import actions, listed, read_events, total
from benchmarks.costs import Cost, run, take_turns
from benchmarks.edits import add_comment, put_statement
from benchmarks.results import Case, Target, Way, explained
from benchmarks.session import Session
from benchmarks.uv_project import UvProject, copy_sources
from benchmarks.wheelhouse import pins

TITLE = "Developer loop: tests and pipelines after an edit"
MINUTES = (12, 4)
METHOD = """\
The test files are the same on both sides: those of library modules that need neither SciPy nor more
than a minute. The other side are two projects with our sources, as they would be kept without Bazel.
One has an environment that uv keeps, with the library installed as editable, so that nothing is
installed after an edit: `uv run pytest` first compares the environment with the lock, and then runs all
tests; `pytest -n auto` divides them among processes by pytest-xdist; `pytest --testmon` runs only tests
that executed what has changed, a function or the body of a module, as far as its database of an earlier
run says. All three run in an environment that earlier tests and edits may have changed: testmon notices
new versions of packages and changed Python files, but not changed data files, and none of them keeps
tests from files that they do not state. The other project is run by nox: `nox` creates a new virtual
environment and installs the locked versions and the library, `nox -R` reuses it and installs nothing,
and `pip + pytest` installs only the library into it (`pip install --no-deps .`) and runs all the tests.
`cold` compares a fresh output base without a disk cache with nox without its environment; both download
from the index of this machine's pip. An edit adds a statement to a function: in `datasets.py`, which few
modules depend on, to its only one; in `errors.py`, which all depend on, to the one that composes every
message, so testmon runs tests of errors. Of an edit of a pipeline, which adds a comment, our side
compiles the pipeline and compares it with its golden file, and the other side compiles it."""

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
# The line of each module before which an edit puts a statement, by its beginning.
_EDITED = {"datasets.py": "    check_n_rows(", "errors.py": "    text = repr("}
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
_OURS, _NOX, _REUSED, _PIP = "ours", "nox", "nox -R", "pip + pytest"
_UV, _XDIST, _TESTMON = "uv run pytest", "pytest -n auto", "pytest --testmon"

Ways = Mapping[str, Callable[[], Cost]]


class _NoxProject:
    """A project with the same sources and tests that uses nox."""

    def __init__(self, folder: Path, workspace: Path, tests: list[str]):
        """Write the project."""
        self.folder = folder
        self._tests = tests
        requirements = copy_sources(workspace, folder)
        self._write("constraints.txt", pins(workspace))
        self._write("noxfile.py", _NOXFILE.format(tests=tests))
        self._write("pyproject.toml", _PYPROJECT.format(requirements=requirements))

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


class _Sides:
    """The workspace and the two projects, with the same tests."""

    def __init__(self, running: Session):
        """Write the projects, and create uv's environment."""
        self._running = running
        self._tests = list(_TESTS)[: _QUICK_TESTS if running.quick else None]
        self._targets = [_TESTS[test] for test in self._tests]
        self.nox = _NoxProject(running.folder("nox"), running.copy, self._tests)
        running.say("uv: creating the environment")
        self._uv = UvProject(running.folder("uv"), running.copy)
        self.folders = {_OURS: running.copy, _PIP: self.nox.folder}
        self.folders |= dict.fromkeys((_UV, _XDIST, _TESTMON), self._uv.folder)

    def ours(self) -> Cost:
        """Let Bazel run the tests."""
        return self._running.bazel.run("test", *self._targets)

    def uv_ways(self) -> Ways:
        """The ways in uv's environment; each has run once, and testmon has its database."""
        ways = {
            _UV: lambda: self._uv.uv("run", "pytest", "-q", *self._tests),
            _XDIST: lambda: self._pytest("-n", "auto"),
            _TESTMON: lambda: self._pytest("--testmon"),
        }
        self._running.say("a first run of each way in uv's environment")
        for way in ways.values():
            way()
        return ways

    def _pytest(self, *flags: str) -> Cost:
        return self._uv.run("pytest", "-q", *flags, *self._tests)

    def reason(self, _: Target) -> str:
        """Return how long each test of the last build took, beside pytest's start."""
        bazel = self._running.bazel
        events = read_events(bazel.output_base)
        tests = actions(events, "TestRunner")
        if not tests:
            return f"Bazel ran no test; {bazel.profile('test', *self._targets)}"
        start = self._pytest("--collect-only")
        return (
            f"in the last round Bazel ran {len(tests)} of {len(self._tests)} test targets, each in a"
            f" sandbox and a process of its own: {listed(tests)}. All sandboxes took"
            f" {total(events, 'sandbox.createFileSystem'):.2g} s, all processes"
            f" {total(events, 'subprocess.run'):.2g} s. pytest imports everything in one process:"
            f" `pytest --collect-only` takes {start.value:.2g} s for all test files."
        )


def measure(running: Session) -> tuple[list[Case], list[str]]:
    """Measure the cold case first, then the loop with everything that it has built."""
    sides = _Sides(running)
    cold = take_turns({_OURS: sides.ours, _NOX: sides.nox.nox}, 1, running.say)
    cases = [Case("cold", [Way(name, costs) for name, costs in cold.items()])]
    ways = sides.uv_ways()
    cases.append(_unchanged(running, sides, ways))
    editions = count(1)
    for module in _EDITED:
        cases.append(_library(running, sides, ways, module, editions))
    cases.append(_pipeline(running, sides, editions))
    return cases, []


def _unchanged(running: Session, sides: _Sides, uv_ways: Ways) -> Case:
    ways = {
        _OURS: sides.ours,
        **uv_ways,
        _REUSED: lambda: sides.nox.nox("-R"),
        "pytest alone": sides.nox.pytest,
        _NOX: sides.nox.nox,
    }
    rounds = {**dict.fromkeys(ways, running.rounds(5)), _NOX: 1 if running.quick else 2}
    running.say("nothing changed")
    costs = take_turns(ways, rounds, running.say)
    targets = [Target(_REUSED, _OURS, at_least=4), Target(_NOX, _OURS, at_least=90)]
    return _judged(sides, "nothing changed", costs, targets)


def _library(
    running: Session, sides: _Sides, uv_ways: Ways, module: str, editions: "count[int]"
) -> Case:
    name = f"one line of {module} changed, all tests"

    def after_edit(way: str, work: Callable[[], Cost]) -> Cost:
        file = sides.folders[way] / "kfp_component_lib" / module
        put_statement(file, _EDITED[module], next(editions))
        return work()

    ways = {_OURS: sides.ours, **uv_ways, _PIP: sides.nox.install_and_test}
    edited = {way: functools.partial(after_edit, way, work) for way, work in ways.items()}
    running.say(name)
    costs = take_turns(edited, running.rounds(5), running.say)
    return _judged(sides, name, costs, [Target(_PIP, _OURS, at_least=3)])


def _judged(
    sides: _Sides, name: str, costs: Mapping[str, list[Cost]], targets: list[Target]
) -> Case:
    """Return the case, with a target beside the fastest peer, and reasons for missed targets."""
    ways = [Way(way, values) for way, values in costs.items()]
    strongest = min(ways[1:], key=lambda way: way.value).name
    case = Case(name, ways, [Target(strongest, _OURS, at_least=1), *targets])
    return explained(case, sides.reason)


def _pipeline(running: Session, sides: _Sides, editions: "count[int]") -> Case:
    target = f"//pipelines:{_PIPELINE}"
    wanted = [target, f"{target}_test"]
    running.say("one line of a pipeline changed; building its image first")
    running.bazel.run("test", *wanted)

    def after_edit(folder: Path, work: Callable[[], Cost]) -> Cost:
        add_comment(folder / f"pipelines/{_PIPELINE}.py", next(editions))
        return work()

    ours = functools.partial(running.bazel.run, "test", *wanted)
    ways = {
        _OURS: lambda: after_edit(running.copy, ours),
        "kfp dsl compile": lambda: after_edit(sides.nox.folder, sides.nox.compile),
    }
    costs = take_turns(ways, running.rounds(5), running.say)
    return Case("one line of a pipeline changed", [Way(way, cost) for way, cost in costs.items()])


def _sum(first: Cost, second: Cost) -> Cost:
    return Cost(first.value + second.value, first.cpu + second.cpu)
