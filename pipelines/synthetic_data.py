"""The pipeline `synthetic_data_pipeline`."""

from kfp import dsl

from kfp_component_lib.components import make_numeric_dataset
from kfp_component_lib.pipelines import limited


@dsl.pipeline(name="synthetic-data-pipeline")
def synthetic_data_pipeline(n_rows: int = 1000):
    """Make the numeric dataset twice, the second time after the first.

    The two tasks exchange no data, so `after` states their order.

    Args:
        n_rows: Number of rows of each dataset.
    """
    first = limited(make_numeric_dataset(n_rows=n_rows))
    limited(make_numeric_dataset(n_rows=n_rows).after(first))
