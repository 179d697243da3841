"""The check of a requested number of rows."""

from __future__ import annotations

from kfp_component_lib.errors import DataTypeError, check

__all__ = ["check_n_rows"]


def check_n_rows(n_rows: int, field: str) -> None:
    """Refuse a value that is not a number of rows.

    Args:
        n_rows: The value.
        field: The name of the value in errors, as `owner.field`.

    Raises:
        DataTypeError: If the value is not an int, or is a bool.
        DataError: If the value is negative.
    """
    fix = "Pass a whole number of rows, such as 1000"
    if isinstance(n_rows, bool) or not isinstance(n_rows, int):
        raise DataTypeError(field, "be an int", n_rows, fix)
    check(n_rows >= 0, field, "be at least 0", n_rows, fix)
