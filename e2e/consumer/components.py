"""The consumer's component."""

from kfp import dsl


@dsl.component(base_image="localhost:5000/consumer:2.0.0", install_kfp_package=False)
def greet(name: str) -> str:
    """Greet.

    Args:
        name: Who is greeted.
    """
    from greetings import greeting

    return greeting(name)
