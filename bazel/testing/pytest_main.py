"""Runs pytest as Bazel expects it of a test, with filter, shards and JUnit XML.

pytest's configuration is a file in the root of the runfiles, if the test has one in its `data`. Without
that, pytest would search all folders above, which in an unsandboxed test are those of the workspace.
"""

import os
import sys
from collections.abc import Mapping
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


def main() -> int:
    """Run pytest; a shard may have no tests, but a target must have some."""
    shard = Shard(os.environ)
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
