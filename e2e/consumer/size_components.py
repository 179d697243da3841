"""Two components that need two versions of one package."""

from kfp import dsl

IMAGE = "localhost:5000/consumer:2.0.0"


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def say_size(n_bytes: int) -> str:
    """Say a size.

    Args:
        n_bytes: The size.
    """
    from sizes import size_as_text

    return size_as_text(n_bytes)


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def say_size_as_before(n_bytes: int) -> str:
    """Say a size as it was said before.

    Args:
        n_bytes: The size.
    """
    from sizes import size_as_text

    return size_as_text(n_bytes)
