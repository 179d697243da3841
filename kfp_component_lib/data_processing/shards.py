"""The numbers of shards and of groups of shards, for loops over them."""

from __future__ import annotations

from kfp_component_lib.errors import check

__all__ = ["list_shard_groups", "list_shards"]

# KFP passes the artifacts that a loop collects as one argument of a process, with about 539 bytes
# each, and Linux limits an argument to 131,072 bytes: 243 artifacts, or fewer with long names.
_MOST_COLLECTED = 200


def list_shard_groups(n_shards: int, shards_per_group: int) -> list[int]:
    """Return the numbers of groups of shards, starting at 0.

    Args:
        n_shards: Number of shards, at least 1.
        shards_per_group: Number of shards in every group except the last, from 1 to 200.

    Returns:
        At most 200 numbers.

    Raises:
        DataError: If an argument is out of its range, or if there are more than 200 groups.
    """
    field = "list_shard_groups"
    fix = "Correct this argument"
    check(n_shards >= 1, f"{field}.n_shards", "be at least 1", n_shards, fix)
    _check_size(shards_per_group, field)
    n_groups = -(-n_shards // shards_per_group)
    limit = f"be at most {_MOST_COLLECTED} times shards_per_group, {shards_per_group}"
    fix = "Raise shards_per_group, or make fewer and larger shards"
    check(n_groups <= _MOST_COLLECTED, f"{field}.n_shards", limit, n_shards, fix)
    return list(range(n_groups))


def list_shards(n_shards: int, group: int = 0, shards_per_group: int = 0) -> list[int]:
    """Return the numbers of all shards, starting at 0, or those of a group.

    Args:
        n_shards: Number of shards, at least 1.
        group: Number of the group, counted from 0.
        shards_per_group: Number of shards in every group except the last; 0 without groups.

    Raises:
        DataError: If an argument is out of its range.
    """
    field = "list_shards"
    fix = "Correct this argument"
    check(n_shards >= 1, f"{field}.n_shards", "be at least 1", n_shards, fix)
    if not shards_per_group:
        check(group == 0, f"{field}.group", "be 0 if there are no groups", group, fix)
        return list(range(n_shards))
    _check_size(shards_per_group, field)
    start = group * shards_per_group
    rule = f"be one of the groups of {n_shards} shards"
    check(0 <= start < n_shards, f"{field}.group", rule, group, fix)
    return list(range(start, min(start + shards_per_group, n_shards)))


def _check_size(shards_per_group: int, field: str) -> None:
    right = 1 <= shards_per_group <= _MOST_COLLECTED
    rule, fix = f"be 1 to {_MOST_COLLECTED}", "Correct this argument"
    check(right, f"{field}.shards_per_group", rule, shards_per_group, fix)
