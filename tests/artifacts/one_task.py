"""A pipeline of one task, which a test runs on a container engine."""

from kfp import dsl

from kfp_component_lib.components import make_numeric_dataset


@dsl.pipeline(name="one-task")
def one_task(n_rows: int):
    """Make one data set."""
    make_numeric_dataset(n_rows=n_rows)
