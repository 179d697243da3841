"""The component `list_shards`."""

from kfp import dsl

from kfp_component_lib import KFP_CONTAINER_IMAGE


@dsl.component(base_image=KFP_CONTAINER_IMAGE, install_kfp_package=False)
def list_shards(n_shards: int, group: int = 0, shards_per_group: int = 0) -> list[int]:
    """Number shards for a ParallelFor loop over them.

    Args:
        n_shards: Number of shards, at least 1.
        group: The group whose shards are numbered, as counted by list_shard_groups.
        shards_per_group: Number of shards in a group, at most 200; 0 if there are no groups.
        Output: The numbers of the shards, counted from 0 across all groups.
    """
    from kfp_component_lib.data_processing.shards import list_shards as numbers

    return numbers(n_shards, group, shards_per_group)
