"""The component `list_shard_groups`."""

from kfp import dsl

from kfp_component_lib import KFP_CONTAINER_IMAGE


@dsl.component(base_image=KFP_CONTAINER_IMAGE, install_kfp_package=False)
def list_shard_groups(n_shards: int, shards_per_group: int = 100) -> list[int]:
    """Number groups of shards: a loop over groups collects what no loop over shards could.

    KFP can collect some 240 artifacts of a loop. A loop over groups, each with a loop over its
    shards, collects first within groups and then over them, up to 40,000.

    Args:
        n_shards: How many shards there are, at least 1 and at most 200 times shards_per_group.
        shards_per_group: How many shards a group has, at most 200.
        Output: The numbers of the groups, from 0 on.
    """
    from kfp_component_lib.data_processing.shards import list_shard_groups as numbers

    return numbers(n_shards, shards_per_group)
