"""The consumer's pipeline."""

from components import greet
from kfp import dsl


@dsl.pipeline(name="hello")
def hello(name: str = "world") -> str:
    """Greet somebody.

    Args:
        name: Who is greeted.
    """
    return greet(name=name).output
