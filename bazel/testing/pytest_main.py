"""Runs pytest as Bazel expects it of a test, with filter, shards and JUnit XML.

pytest's configuration is a file in the root of the runfiles, if the test has one in its `data`. Without
that, pytest would search all folders above, which in an unsandboxed test are those of the workspace.
"""

import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

_CONFIGURATIONS = ("pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
_STRICT = [
    "--strict-markers",
    "--strict-config",
    "--override-ini=xfail_strict=true",
    "-Werror::pytest.PytestWarning",
]


class Shard:
    """Keeps every TEST_TOTAL_SHARDS-th test, beginning with TEST_SHARD_INDEX.

    Attributes:
        collected: How many tests there were before this selection.
    """

    def __init__(self, environ: Mapping[str, str]):
        self.collected = 0
        self._total = int(environ.get("TEST_TOTAL_SHARDS", "1"))
        self._index = int(environ.get("TEST_SHARD_INDEX", "0"))
        if status := environ.get("TEST_SHARD_STATUS_FILE"):
            Path(status).touch()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]):
        """Deselect the tests of other shards among those that passed the filter."""
        self.collected = len(items)
        others = [item for n, item in enumerate(items) if n % self._total != self._index]
        items[:] = items[self._index :: self._total]
        config.hook.pytest_deselected(items=others)


def arguments(environ: Mapping[str, str]) -> list[str]:
    """Return pytest's options for Bazel's environment variables."""
    options = ["-p", "no:cacheprovider", "--import-mode=importlib", *_STRICT]
    found = [name for name in _CONFIGURATIONS if Path(name).exists()]
    options += ["--rootdir=.", "--confcutdir=.", "-c", [*found, os.devnull][0]]
    if xml := environ.get("XML_OUTPUT_FILE"):
        options.append(f"--junitxml={xml}")
    if folder := environ.get("TEST_TMPDIR"):
        options.append(f"--basetemp={folder}/pytest")
    if wanted := environ.get("TESTBRIDGE_TEST_ONLY"):
        options += ["-k", wanted]
    if environ.get("TESTBRIDGE_TEST_RUNNER_FAIL_FAST") == "1":
        options.append("--exitfirst")
    return options


def take_terminal() -> None:
    """Come to the foreground of the terminal, if there is one, so that `breakpoint()` can read from it.

    Under `bazel run`, Bazel's test-setup.sh starts a test as a job in the background, which the
    system stops as soon as it reads.
    """
    if not sys.stdin or not sys.stdin.isatty():
        return
    # A change of the foreground would stop a process in the background, too.
    before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    os.tcsetpgrp(sys.stdin.fileno(), os.getpgrp())
    signal.signal(signal.SIGTTOU, before)


def instrumented(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the files whose coverage Bazel asks for: their names in reports, by their real paths."""
    lines = Path(environ["COVERAGE_MANIFEST"]).read_text(encoding="utf-8").splitlines()
    return {os.path.realpath(line): line for line in lines if line}


@contextmanager
def subprocesses_measured(environ: Mapping[str, str]) -> Iterator[None]:
    """Measure the Python processes that tests start, too, if `bazel coverage` runs the test.

    The rules measure only the process of the test, in which coverage.py can then be imported. KFP's local
    runner runs components in other processes.
    """
    if not environ.get("COVERAGE_DIR") or not find_spec("coverage"):
        yield
        return
    files = instrumented(environ)
    folder = Path(environ["COVERAGE_DIR"], "subprocesses")
    folder.mkdir()
    config = _configure_coverage(folder, sorted(files))
    os.environ["COVERAGE_PROCESS_START"] = str(config)
    # Tests pass sys.path on, as PYTHONPATH, if they do not pass on the environment as it is.
    sys.path.insert(0, str(folder))
    os.environ["PYTHONPATH"] = os.pathsep.join([str(folder), environ.get("PYTHONPATH", "")])
    try:
        yield
    finally:
        _report_coverage(config, files, folder.with_name("subprocesses.dat"))


def _configure_coverage(folder: Path, files: list[str]) -> Path:
    config = folder / "coverage.ini"
    lines = ["[run]", "branch = true", "parallel = true", "sigterm = true"]
    lines += [f"data_file = {folder / 'data'}", "include =", *(f"    {file}" for file in files)]
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "sitecustomize.py").write_text("import coverage\n\ncoverage.process_startup()\n")
    return config


def _report_coverage(config: Path, files: Mapping[str, str], out: Path) -> None:
    import coverage

    if not any(config.parent.glob("data.*")):
        return
    measured = coverage.Coverage(config_file=str(config), messages=False)
    measured.combine()
    raw = config.with_name("report.lcov")
    measured.lcov_report(outfile=str(raw), ignore_errors=True)
    lines = raw.read_text(encoding="utf-8").splitlines(keepends=True)
    with out.open("w", encoding="utf-8") as report:
        for line in lines:
            path = os.path.realpath(line[3:].strip()) if line.startswith("SF:") else ""
            report.write(f"SF:{files[path]}\n" if path in files else line)


def main() -> int:
    """Run pytest; a shard may have no tests, but a target must have some."""
    take_terminal()
    shard = Shard(os.environ)
    with subprocesses_measured(os.environ):
        status = pytest.main(arguments(os.environ) + sys.argv[1:], plugins=[shard])
    if status != pytest.ExitCode.NO_TESTS_COLLECTED:
        return int(status)
    if shard.collected:
        return 0
    wanted = os.environ.get("TESTBRIDGE_TEST_ONLY")
    reason = f"that match --test_filter={wanted}" if wanted else "named test_…"
    print(f"srcs must hold tests, got none {reason}.", file=sys.stderr)
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
