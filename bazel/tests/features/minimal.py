"""One component, one task."""

from kfp import dsl


@dsl.component
def add(a: int, b: int = 2) -> int:
    """Add."""
    return a + b


@dsl.pipeline(name="minimal")
def minimal(a: int = 1) -> int:
    """Add two numbers."""
    return add(a=a).output
