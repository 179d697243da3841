"""The consumer's component."""

from kfp import dsl


@dsl.component(base_image="localhost:5000/consumer:2.0.0", install_kfp_package=False)
def greet(name: str, size: str = "", size_before: str = "") -> str:
    """Greet.

    Args:
        name: Who is greeted.
        size: Something to tell them.
        size_before: What was told before.
    """
    from greetings import greeting

    return greeting(name, size, size_before)
