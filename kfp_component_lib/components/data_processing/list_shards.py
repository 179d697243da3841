"""The component `list_shards`."""

from kfp import dsl

from kfp_component_lib import KFP_CONTAINER_IMAGE


@dsl.component(base_image=KFP_CONTAINER_IMAGE, install_kfp_package=False)
def list_shards(n_shards: int) -> list[int]:
    """Number shards, for a ParallelFor over them.

    Args:
        n_shards: How many there are, at least 1.
        Output: The numbers from 0 to n_shards - 1.
    """
    from kfp_component_lib.data_processing.tabular_data import list_shards as numbers

    return numbers(n_shards)
