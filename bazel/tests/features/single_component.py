"""A component alone."""

from kfp import dsl
from kfp.dsl import Dataset, Output


@dsl.component(base_image="python:3.13")
def single_component(rows: int, data: Output[Dataset], name: str = "x") -> str:
    """Make a dataset.

    Args:
        rows: How many.
        data: The dataset.
        name: Its name.
    """
    return name
