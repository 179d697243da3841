"""One component, one task."""

from kfp import dsl


@dsl.component(base_image="python:3.13", install_kfp_package=False)
def add(a: int, b: int = 2) -> int:
    """Add."""
    return a + b


@dsl.pipeline(name="minimal")
def minimal(a: int = 1) -> int:
    """Add two numbers.

    Args:
        a: The first of them.
    """
    return add(a=a).output
