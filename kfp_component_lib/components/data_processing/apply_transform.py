"""The component `apply_transform`."""

from kfp import dsl
from kfp.dsl import Dataset, Input, Model, Output

from kfp_component_lib import KFP_CONTAINER_IMAGE


@dsl.component(base_image=KFP_CONTAINER_IMAGE, install_kfp_package=False)
def apply_transform(
    data: Input[Dataset],
    transform: Input[Model],
    data_out: Output[Dataset],
) -> None:
    """Fill, scale and encode columns as fit_transform_features learned from another dataset.

    Args:
        data: Parquet file or folder.
        transform: The transform that fit_transform_features has learned.
        data_out: The transformed columns, in the order in which they were learned. A text that the
            transform has not seen has 0 everywhere; unseen_values in the metadata has the number of
            such rows for each column.
    """
    from kfp_component_lib.data_processing import features

    data_out.metadata.update(features.apply_transform(data.path, transform.path, data_out.path))
