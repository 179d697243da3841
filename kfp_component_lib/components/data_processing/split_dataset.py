"""The component `split_dataset`."""

from kfp import dsl
from kfp.dsl import Dataset, Input, Output

from kfp_component_lib import KFP_CONTAINER_IMAGE


@dsl.component(base_image=KFP_CONTAINER_IMAGE, install_kfp_package=False)
def split_dataset(
    data: Input[Dataset],
    train_out: Output[Dataset],
    validation_out: Output[Dataset],
    test_out: Output[Dataset],
    sizes: list[float] = [0.8, 0.1, 0.1],
    stratify_column: str = "",
    key_column: str = "",
    seed: int = 0,
    order_by: str = "",
) -> None:
    """Split a dataset into disjoint parts for training, validation and test.

    Args:
        data: Parquet file or folder.
        train_out: The first part.
        validation_out: The second part.
        test_out: The third part.
        sizes: Share of the rows for each part; the shares add up to 1.
        stratify_column: Column whose classes are spread evenly over the parts, to within one row
            per class.
        key_column: Column whose equal values stay in one part. Which part that is depends only on
            the value and the seed, so appending rows later does not move any other row.
        seed: A different seed gives an independent split.
        order_by: Column of numbers, dates or times, without nulls. Rows with the largest values go
            to the test part and those with the smallest to the training part; rows with equal values
            stay in one part. It replaces stratify_column, key_column and seed.
    """
    from kfp_component_lib.data_processing.splitting import split_table

    outs = (train_out, validation_out, test_out)
    args = (sizes, stratify_column, key_column, seed, order_by)
    parts = split_table(data.path, [out.path for out in outs], *args)
    for out, part in zip(outs, parts, strict=True):
        out.metadata.update(part)
