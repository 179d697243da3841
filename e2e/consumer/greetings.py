"""The consumer's library."""


def greeting(name: str, size: str = "", size_before: str = "") -> str:
    """Return a greeting of `name`, and two sizes, of which none may be the other.

    Raises:
        ValueError: If the sizes are said by the same version of humanize.
    """
    if not size:
        return f"Hello {name}"
    if size == size_before:
        raise ValueError(f"size_before must differ from size, got {size!r} twice.")
    return f"Hello {name}, {size}, formerly {size_before}"
