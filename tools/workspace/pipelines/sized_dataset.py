"""A dataset, and its size."""

from kfp import dsl
from my_team.components import describe_dataset

from kfp_component_lib.components import make_numeric_dataset


@dsl.pipeline(name="sized-dataset")
def sized_dataset(n_rows: int = 1000) -> str:
    """Make a dataset and say how large it is.

    Args:
        n_rows: Number of rows of the dataset.
    """
    data = make_numeric_dataset(n_rows=n_rows)
    size = describe_dataset(data=data.outputs["data_out"])
    for task in (data, size):
        task.set_cpu_request("100m").set_memory_request("256Mi")
    return size.output
