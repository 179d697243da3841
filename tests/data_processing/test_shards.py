"""Tests of kfp_component_lib.data_processing.shards."""

import pytest

from kfp_component_lib.data_processing.shards import list_shard_groups, list_shards
from kfp_component_lib.errors import DataError


def test_shards_without_groups():
    """Without groups, the shards are numbered from 0."""
    assert list_shards(3) == [0, 1, 2]


@pytest.mark.parametrize("n_shards", [1, 99, 100, 101, 1000, 20_000])
def test_groups_hold_every_shard_once(n_shards):
    """The groups, one after the other, hold every shard once, and there are at most 200."""
    groups = list_shard_groups(n_shards, 100)
    shards = [shard for group in groups for shard in list_shards(n_shards, group, 100)]
    assert shards == list(range(n_shards))
    assert len(groups) <= 200


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: list_shards(0), "list_shards.n_shards must be at least 1, got 0"),
        (lambda: list_shards(3, 1), "list_shards.group must be 0 if there are no groups, got 1"),
        (lambda: list_shards(3, 3, 1), "list_shards.group must be one of the groups of 3 shards"),
        (lambda: list_shards(3, -1, 1), "list_shards.group must be one of the groups of 3 shards"),
        (lambda: list_shards(3, 0, 201), "list_shards.shards_per_group must be 1 to 200, got 201"),
        (lambda: list_shard_groups(0, 1), "list_shard_groups.n_shards must be at least 1, got 0"),
        (lambda: list_shard_groups(1, 0), "list_shard_groups.shards_per_group must be 1 to 200"),
        (
            lambda: list_shard_groups(201, 1),
            "list_shard_groups.n_shards must be at most 200 times shards_per_group, 1, got 201",
        ),
    ],
)
def test_wrong_numbers_are_refused(call, message):
    """Every error names the argument, the rule and the value."""
    with pytest.raises(DataError) as error:
        call()
    assert str(error.value).startswith(message)
