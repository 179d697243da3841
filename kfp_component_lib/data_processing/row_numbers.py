"""Numbers of rows, as they are asked for."""

from __future__ import annotations

__all__ = ["check_n_rows"]


def check_n_rows(n_rows: int, field: str) -> None:
    """Refuse what is not a number of rows.

    Args:
        n_rows: The value at hand.
        field: What is checked, as `owner.field`.

    Raises:
        TypeError: If it is not an int, or is a bool.
        ValueError: If it is negative.
    """
    fix = "Pass a whole number of rows, such as 1000."
    if isinstance(n_rows, bool) or not isinstance(n_rows, int):
        raise TypeError(f"{field} must be an int, got {n_rows!r}. {fix}")
    if n_rows < 0:
        raise ValueError(f"{field} must be at least 0, got {n_rows!r}. {fix}")
