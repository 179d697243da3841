"""Makes small changes to the library's code, one at a time, and lists those that no test detects.

    bazel run //tools/mutation -- kfp_component_lib/statistics/distinct.py
    bazel run //tools/mutation -- --sample 20

The tests of a module are the tests that import it, or import a module that does. They run in
`.venv`, which `bazel run //tools:venv` creates, on a copy of the workspace. Tests that need Bazel
are skipped, as `pytest` does in the checkout, and so are tests that run components or pipelines, because they take
minutes. A surviving mutant is a change that could be made by mistake. It deserves a test, unless
the change has no visible effect.
"""

import argparse
import ast
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from kfp_component_lib.reports.markdown import markdown_table
from tools.venv import choose_python, make

_FOLDER = Path("tools", "mutation")
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "kfp-component-lib")
# In these modules annotations are never evaluated, so a mutant of `float | None` has no effect.
_WITHOUT_EFFECT = ["core/ReplaceBinaryOperator_BitOr_.*"]
_SECONDS = 120
# Each test of these starts processes of KFP.
_SLOW = ("tests/components/", "tests/pipelines/")
_PYTEST = ["-m", "pytest", "--quiet"]
# What pytest needs of the workspace; see conftest.py, which skips what needs Bazel.
_FOLDERS = ("bazel", "kfp_component_lib", "pipelines", "tests")
_FILES = ("conftest.py", "pytest.ini")


@dataclass(frozen=True)
class Outcome:
    """The result for the mutants of one module.

    Attributes:
        module: Path of the module.
        tests: Paths of its tests.
        killed: Number of mutants that a test detected.
        survivors: The other mutants, each as a diff.
    """

    module: str
    tests: list[str]
    killed: int
    survivors: list[str]


def imported(file: Path) -> Iterator[str]:
    """Yield the names of the modules, and of their members, that a file imports anywhere."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def find_tests(module: str, root: Path) -> list[str]:
    """Return the paths of a module's tests, relative to the root.

    These are the tests that import the module or one of the modules that import it.
    """
    name = _name(module)
    users = {
        _name(str(file.relative_to(root)))
        for file in root.glob("kfp_component_lib/**/*.py")
        if "components" not in file.parts and name in imported(file)
    }
    return sorted(
        str(file.relative_to(root))
        for file in root.glob("tests/**/test_*.py")
        if not str(file.relative_to(root)).startswith(_SLOW)
        and not {name, *users}.isdisjoint(imported(file))
    )


def _name(module: str) -> str:
    return module.removesuffix(".py").replace("/", ".")


def modules_of(paths: Sequence[str], root: Path) -> list[str]:
    """Return the modules that the paths name, or all modules of the library without any paths.

    The components are left out: their wrappers run from source in separate processes.
    """
    given = [root / path for path in paths] or [root / "kfp_component_lib"]
    if missing := [path for path in given if not path.exists()]:
        sys.exit(f"PATH must be a module or folder of the library, got {missing[0]}.")
    found = {file for path in given for file in (path.rglob("*.py") if path.is_dir() else [path])}
    names = sorted(str(file.relative_to(root)) for file in found if not file.stem.startswith("_"))
    return [name for name in names if "/components/" not in name]


def mutate(module: str, root: Path, environment: Path, sample: int | None) -> Outcome:
    """Run the tests of a module on each of its mutants, in a copy of the workspace."""
    tests = [test for test in find_tests(module, root) if _is_collected(test, root)]
    if not tests:
        return Outcome(module, [], 0, [])
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        copy = Path(folder)
        for name in _FOLDERS:
            shutil.copytree(root / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in _FILES:
            shutil.copy(root / name, copy)
        run = partial(_run, environment, copy)
        _configure(copy, module, [_python(root), *_PYTEST, "--exitfirst", *tests])
        run("cosmic-ray", "init", "config.toml", "session.sqlite")
        run("cosmic-ray", "baseline", "config.toml")
        run("cr-filter-operators", "session.sqlite", "config.toml")
        if sample is not None:
            script = root / _FOLDER / "sample.py"
            run("python", str(script), "session.sqlite", "--size", str(sample))
        run("cosmic-ray", "exec", "config.toml", "session.sqlite")
        return _outcome(module, tests, run("cosmic-ray", "dump", "session.sqlite"))


def _python(root: Path) -> str:
    return str(root / ".venv/bin/python")


@cache
def _is_collected(test: str, root: Path) -> bool:
    """Return whether pytest runs any test of a file; otherwise all of it needs Bazel."""
    command = [_python(root), *_PYTEST, "--collect-only", test]
    done = subprocess.run(command, cwd=root, env=_environment(root), capture_output=True)
    return done.returncode == 0


def _environment(folder: Path) -> dict[str, str]:
    """Return an environment in which a copy takes precedence over the sources on .venv's path."""
    return os.environ | {"PYTHONPATH": str(folder)}


def _configure(folder: Path, module: str, command: list[str]) -> None:
    values = {
        "module-path": [module],
        "timeout": _SECONDS,
        "excluded-modules": [],
        "test-command": " ".join(command),
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    text = "\n".join(
        [
            "[cosmic-ray]",
            *lines,
            "[cosmic-ray.distributor]",
            'name = "local"',
            "[cosmic-ray.filters.operators-filter]",
            f"exclude-operators = {json.dumps(_WITHOUT_EFFECT)}",
        ]
    )
    (folder / "config.toml").write_text(text + "\n", encoding="utf-8")


def _run(environment: Path, folder: Path, command: str, *arguments: str) -> str:
    done = subprocess.run(
        [str(environment / "bin" / command), *arguments],
        cwd=folder,
        env=_environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(
            f"{command} {arguments[0]} must succeed, got status {done.returncode}:\n"
            f"{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
    return done.stdout


def _outcome(module: str, tests: list[str], dump: str) -> Outcome:
    results = [json.loads(line)[1] for line in dump.splitlines()]
    ran = [result for result in results if result and result["worker_outcome"] != "skipped"]
    survivors = [result["diff"] for result in ran if result["test_outcome"] == "survived"]
    return Outcome(module, tests, len(ran) - len(survivors), survivors)


def _report(outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        for diff in outcome.survivors:
            print(f"\n{diff}")
    rows = [
        (
            outcome.module,
            outcome.killed + len(outcome.survivors),
            len(outcome.survivors),
            " ".join(outcome.tests) or "none",
        )
        for outcome in outcomes
    ]
    print(f"\n{markdown_table(('module', 'mutants', 'survive', 'tests'), rows, str)}")
    lived = sum(len(outcome.survivors) for outcome in outcomes)
    print(f"{lived} of {lived + sum(outcome.killed for outcome in outcomes)} mutants survive.")


def main() -> None:
    """Mutate the requested modules, as many at once as there are cores, and print a report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="modules or folders (default: all)"
    )
    parser.add_argument(
        "--sample", type=int, help="number of mutants to try per module (default: all)"
    )
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count(), help="number of modules to mutate at once"
    )
    args = parser.parse_args()
    root = Path(os.environ["BUILD_WORKSPACE_DIRECTORY"])
    if not (root / ".venv/bin/python").exists():
        sys.exit("A mutation run needs .venv to run tests in. Create it: bazel run //tools:venv")
    environment = _CACHE / "mutation"
    python = choose_python(None, dict(os.environ))
    make(environment, python, root, lock=_FOLDER / "requirements_lock.txt")
    work = partial(mutate, root=root, environment=environment, sample=args.sample)
    with ThreadPoolExecutor(args.jobs) as pool:
        _report(list(pool.map(work, modules_of(args.paths, root))))


if __name__ == "__main__":
    main()
