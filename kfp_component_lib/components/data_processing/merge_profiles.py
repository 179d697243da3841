"""The component `merge_profiles`."""

from kfp import dsl
from kfp.dsl import HTML, Artifact, Input, Metrics, Output

from kfp_component_lib import KFP_CONTAINER_IMAGE


@dsl.component(base_image=KFP_CONTAINER_IMAGE, install_kfp_package=False)
def merge_profiles(
    profiles: Input[list[Artifact]],
    profile_out: Output[Artifact],
    html_out: Output[HTML],
    metrics_out: Output[Metrics],
) -> None:
    """Put the profiles of shards together to that of the whole data set.

    Args:
        profiles: What profile_dataset wrote as profile_out of each shard, in any order.
        profile_out: The profile of all shards, which can be merged again.
        html_out: The same as a page.
        metrics_out: The figures of profile_dataset, of all shards.
    """
    from kfp_component_lib.data_processing.profiling import merge_profiles as merge

    paths = [profile.path for profile in profiles]
    metrics_out.metadata.update(merge(paths, profile_out.path, html_out.path))
