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
    """Merge the profiles of shards into one profile of the whole dataset.

    Args:
        profiles: The profile_out of profile_dataset for each shard, in any order.
        profile_out: The profile of all shards, which can itself be merged again.
        html_out: The same profile as a page.
        metrics_out: The same metrics as those of profile_dataset, for all shards.
    """
    from kfp_component_lib.data_processing.profiling import merge_profiles as merge

    paths = [profile.path for profile in profiles]
    metrics_out.metadata.update(merge(paths, profile_out.path, html_out.path))
