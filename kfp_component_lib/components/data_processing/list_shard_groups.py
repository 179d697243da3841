"""The component `list_shard_groups`."""

from kfp import dsl

from kfp_component_lib import KFP_CONTAINER_IMAGE


@dsl.component(base_image=KFP_CONTAINER_IMAGE, install_kfp_package=False)
def list_shard_groups(n_shards: int, shards_per_group: int = 100) -> list[int]:
    """Number groups of shards, so that a loop over the groups can collect more artifacts.

    KFP can collect about 240 artifacts from one loop. A loop over groups, with an inner loop over
    the shards of each group, collects first within the groups and then across them, which allows up
    to 40,000.

    Args:
        n_shards: Number of shards, at least 1 and at most 200 times shards_per_group.
        shards_per_group: Number of shards in a group, at most 200.
        Output: The numbers of the groups, starting at 0.
    """
    from kfp_component_lib.data_processing.shards import list_shard_groups as numbers

    return numbers(n_shards, shards_per_group)
