"""The pipeline `synthetic_data_pipeline`."""

from kfp import dsl

from kfp_component_lib.components import make_numeric_dataset


@dsl.pipeline(name="synthetic-data-pipeline")
def synthetic_data_pipeline(n_rows: int = 1000):
    """Make the numeric data set twice, one after the other.

    Args:
        n_rows: Number of rows of each data set.
    """
    first = make_numeric_dataset(n_rows=n_rows)
    make_numeric_dataset(n_rows=n_rows).after(first)
