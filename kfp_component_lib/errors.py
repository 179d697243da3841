"""The one form that errors about arguments and data take."""

from __future__ import annotations

__all__ = ["DataError", "DataTypeError", "OutputError", "check"]


def _message(field: str, rule: str, got: object, fix: str, cause: object) -> str:
    text = repr(got)
    shown = text if len(text) <= 300 else f"{text[:300]}…"
    because = f" ({cause})" if cause else ""
    return f"{field} must {rule}, got {shown}{because}. {fix}."


class DataError(ValueError):
    """What a component was given cannot be used; the message says what to change."""

    def __init__(self, field: str, rule: str, got: object, fix: str, cause: object = None) -> None:
        """Say what is wrong.

        Args:
            field: What the user wrote, as `owner.field`.
            rule: What it must be or do, to be read after "must".
            got: The value at hand.
            fix: What the reader can do about it, one sentence without a full stop.
            cause: The error of a library that tells more, if there is one.
        """
        super().__init__(_message(field, rule, got, fix, cause))


class DataTypeError(DataError, TypeError):
    """An argument has another type than it must have."""


class OutputError(OSError):
    """An output cannot be written; nothing of it is left behind."""

    def __init__(self, field: str, rule: str, got: object, fix: str, cause: object = None) -> None:
        """Say what is wrong, by the arguments of `DataError`."""
        super().__init__(_message(field, rule, got, fix, cause))


def check(condition: object, field: str, rule: str, got: object, fix: str) -> None:
    """Refuse a value that breaks a rule.

    Args:
        condition: True-like if the rule holds.
        field: What the user wrote, as `owner.field`.
        rule: What it must be or do, to be read after "must".
        got: The value at hand.
        fix: What the reader can do about it, one sentence without a full stop.

    Raises:
        DataError: If the rule does not hold.
    """
    if not condition:
        raise DataError(field, rule, got, fix)
