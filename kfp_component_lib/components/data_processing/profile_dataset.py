"""The component `profile_dataset`."""

from kfp import dsl
from kfp.dsl import HTML, Artifact, Dataset, Input, Metrics, Output

from kfp_component_lib import KFP_CONTAINER_IMAGE


@dsl.component(base_image=KFP_CONTAINER_IMAGE, install_kfp_package=False)
def profile_dataset(
    data: Input[Dataset],
    profile_out: Output[Artifact],
    html_out: Output[HTML],
    metrics_out: Output[Metrics],
) -> None:
    """Describe every column of a dataset: its missing values, and how the others are distributed.

    Args:
        data: Parquet file or folder.
        profile_out: The profile, in the format that merge_profiles reads.
        html_out: The same profile as a page.
        metrics_out: rows, columns, missing_fraction, constant_columns and
            columns_with_infinite_values.
    """
    from kfp_component_lib.data_processing.profiling import profile_table

    paths = (data.path, profile_out.path, html_out.path)
    metrics_out.metadata.update(profile_table(*paths, {"dataset": data.uri}))
