"""The component `make_numeric_dataset`."""

from kfp import dsl
from kfp.dsl import Dataset, Output

from kfp_component_lib import KFP_CONTAINER_IMAGE


@dsl.component(base_image=KFP_CONTAINER_IMAGE, install_kfp_package=False)
def make_numeric_dataset(n_rows: int, data_out: Output[Dataset]) -> None:
    """Write a dataset of four independent standard normal columns as Parquet.

    Args:
        n_rows: Number of rows, at least 0.
        data_out: Parquet file with the float64 columns y, x1, x2 and x3, without nulls.
    """
    from kfp_component_lib.data_processing.numeric_data import write_numeric_data

    data_out.metadata.update(write_numeric_data(n_rows, data_out.path))
