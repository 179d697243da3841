"""Two tests for three shards."""

import os


def test_runs_in_a_shard():
    """Bazel's shards are passed to the test."""
    assert os.environ["TEST_TOTAL_SHARDS"] == "3"


def test_runs_in_one_of_the_first_shards():
    """Two tests fill two shards."""
    assert os.environ["TEST_SHARD_INDEX"] in ("0", "1")
