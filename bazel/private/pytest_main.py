"""Runs pytest as Bazel expects of a test: its filter, its shards, its JUnit XML."""

import os
import sys
from pathlib import Path

import pytest


class Shard:
    """Keeps every TEST_TOTAL_SHARDS-th test, beginning with TEST_SHARD_INDEX."""

    def __init__(self, environ):
        self.total = int(environ.get("TEST_TOTAL_SHARDS", "1"))
        self.index = int(environ.get("TEST_SHARD_INDEX", "0"))
        if status := environ.get("TEST_SHARD_STATUS_FILE"):
            Path(status).touch()

    def pytest_collection_modifyitems(self, config, items):
        """Deselects the tests of the other shards."""
        others = [item for n, item in enumerate(items) if n % self.total != self.index]
        items[:] = items[self.index :: self.total]
        config.hook.pytest_deselected(items=others)


def arguments(environ):
    """pytest's options for what Bazel says in the environment."""
    options = ["-p", "no:cacheprovider", "--import-mode=importlib", "--rootdir=."]
    if xml := environ.get("XML_OUTPUT_FILE"):
        options.append(f"--junitxml={xml}")
    if wanted := environ.get("TESTBRIDGE_TEST_ONLY"):
        options += ["-k", wanted]
    return options


def main():
    """Runs pytest; a shard that holds none of the tests has passed."""
    shard = Shard(os.environ)
    status = pytest.main(arguments(os.environ) + sys.argv[1:], plugins=[shard])
    empty_shard = shard.total > 1 and status == pytest.ExitCode.NO_TESTS_COLLECTED
    return 0 if empty_shard else int(status)


if __name__ == "__main__":
    sys.exit(main())
