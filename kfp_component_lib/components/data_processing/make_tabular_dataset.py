"""The component `make_tabular_dataset`."""

from kfp import dsl
from kfp.dsl import Dataset, Output

from kfp_component_lib import KFP_CONTAINER_IMAGE


@dsl.component(base_image=KFP_CONTAINER_IMAGE, install_kfp_package=False)
def make_tabular_dataset(
    n_rows: int,
    data_out: Output[Dataset],
    n_features: int = 10,
    task: str = "regression",
    missing_rate: float = 0.0,
    seed: int = 0,
    shard: int = 0,
    n_shards: int = 1,
) -> None:
    """Write a dataset whose label depends on its features and on noise, as Parquet.

    Args:
        n_rows: Number of rows in the whole dataset, at least 0.
        data_out: Parquet file with the label y and the features x1 to xN (float64).
        n_features: Number of features, at least 1.
        task: "regression" (y is float64) or "classification" (y is int64, 0 or 1).
        missing_rate: Share of the feature values that are null, at least 0 and below 1.
        seed: A different seed gives independent rows and a different relation between label and
            features.
        shard: Number of the shard to write, counted from 0.
        n_shards: Number of shards. Together they hold the same rows, whatever their number.
    """
    from kfp_component_lib.data_processing.tabular_data import write_tabular_data as write

    args = (n_rows, n_features, task, missing_rate, seed, shard, n_shards)
    data_out.metadata.update(write(data_out.path, *args))
