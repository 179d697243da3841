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
) -> None:
    """Learn from a training set how to fill, scale and encode columns, and do it.

    Args:
        data: Parquet file or folder.
        data_out: The columns of keep, the label, numbers as float64, and NAME=VALUE (0 or 1) for each value of
            a text column.
        transform_out: What was learned, as JSON; apply_transform does the same to other data.
        keep: Columns that pass unchanged, such as the label.
        impute: What null and NaN become: "mean", "median", "zero", or "none": they are an error.
        scale: "standard", "minmax" or "none".
        max_categories: Largest number of values of a text column.
        label: One more column that passes unchanged. A pipeline passes its own parameter on by this
            one: KFP pastes it unquoted into a list such as keep.
    """
    from kfp_component_lib.data_processing.features import fit_transform_features as fit

    args = ([*keep, *filter(None, [label])], impute, scale, max_categories)
    data_out.metadata.update(fit(data.path, data_out.path, transform_out.path, *args))
