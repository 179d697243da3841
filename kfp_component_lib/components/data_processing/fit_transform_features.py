"""The component `fit_transform_features`."""

from kfp import dsl
from kfp.dsl import Dataset, Input, Model, Output

from kfp_component_lib import KFP_CONTAINER_IMAGE


@dsl.component(base_image=KFP_CONTAINER_IMAGE, install_kfp_package=False)
def fit_transform_features(
    data: Input[Dataset],
    data_out: Output[Dataset],
    transform_out: Output[Model],
    keep: list[str] = [],
    impute: str = "mean",
    scale: str = "standard",
    max_categories: int = 100,
    label: str = "",
    order_by: str = "",
    weight_column: str = "",
) -> None:
    """Learn from a training set how to fill, scale and encode columns, and transform that set.

    Args:
        data: Parquet file or folder.
        data_out: The columns in keep, the label, the numbers as float64, and for each value of a
            text column one column NAME=VALUE that holds 0 or 1.
        transform_out: The learned transform as JSON; apply_transform applies it to other data.
        keep: Columns that are passed on unchanged, such as the label.
        impute: What replaces null and NaN: "mean", "median" or "zero"; with "none" they are an
            error.
        scale: "standard", "minmax" or "none".
        max_categories: Largest number of different values that a text column may have.
        label: One more column that is passed on unchanged. A pipeline that has the name as a
            parameter passes it here, because KFP would paste it unquoted into a list such as keep.
        order_by: Column that is left out, such as the one by which split_dataset has split the data.
        weight_column: One more column that is passed on unchanged, which holds weights.
    """
    from kfp_component_lib.data_processing.features import fit_transform_features as fit

    args = ([*keep, *filter(None, [label, weight_column])], impute, scale, max_categories, order_by)
    data_out.metadata.update(fit(data.path, data_out.path, transform_out.path, *args))
