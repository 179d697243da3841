"""The consumer's pipeline."""

from components import greet
from kfp import dsl
from size_components import say_size, say_size_as_before


@dsl.pipeline(name="hello")
def hello(name: str = "world", n_bytes: int = 1000) -> str:
    """Greet somebody with a size, said by two versions of one package.

    Args:
        name: Who is greeted.
        n_bytes: The size.
    """
    size = say_size(n_bytes=n_bytes)
    before = say_size_as_before(n_bytes=n_bytes)
    return greet(name=name, size=size.output, size_before=before.output).output
