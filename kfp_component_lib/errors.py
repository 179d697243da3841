"""The one form of all errors about arguments and data.

DataError (a ValueError)
    DataTypeError (also a TypeError)
OutputError (an OSError)
"""

from __future__ import annotations

__all__ = ["DataError", "DataTypeError", "OutputError", "check"]


def _message(field: str, rule: str, got: object, fix: str, cause: object) -> str:
    text = repr(got)
    shown = text if len(text) <= 300 else f"{text[:300]}…"
    because = f" ({cause})" if cause else ""
    return f"{field} must {rule}, got {shown}{because}. {fix}."


class DataError(ValueError):
    """An argument or some data cannot be used; the message says what to change."""

    def __init__(self, field: str, rule: str, got: object, fix: str, cause: object = None) -> None:
        """Compose the message.

        Args:
            field: Name of the input that the user gave, as `owner.field`.
            rule: What the input must be or do, as the words that follow "must".
            got: The actual value.
            fix: What the reader can do about it, as one sentence without a full stop.
            cause: The error of a library that explains more, if there is one.
        """
        super().__init__(_message(field, rule, got, fix, cause))


class DataTypeError(DataError, TypeError):
    """An argument does not have the required type."""


class OutputError(OSError):
    """An output cannot be written; no part of it is left behind."""

    def __init__(self, field: str, rule: str, got: object, fix: str, cause: object = None) -> None:
        """Compose the message, from the same arguments as those of `DataError`."""
        super().__init__(_message(field, rule, got, fix, cause))


def check(condition: object, field: str, rule: str, got: object, fix: str) -> None:
    """Refuse a value that breaks a rule.

    Args:
        condition: Any value that is true if the input meets the rule.
        field: Name of the input that the user gave, as `owner.field`.
        rule: What the input must be or do, as the words that follow "must".
        got: The actual value.
        fix: What the reader can do about it, as one sentence without a full stop.

    Raises:
        DataError: If the condition is false.
    """
    if not condition:
        raise DataError(field, rule, got, fix)
