"""Sizes as texts."""

import humanize


def size_as_text(n_bytes: int) -> str:
    """Return a size, and which version of humanize says it so."""
    return f"{humanize.naturalsize(n_bytes)} (humanize {humanize.__version__})"
