"""The consumer's library."""


def greeting(name: str) -> str:
    """Return a greeting of `name`."""
    return f"Hello {name}"
