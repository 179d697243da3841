"""The one form that errors about arguments and data take."""

from __future__ import annotations

__all__ = ["DataError", "OutputError", "check"]


class DataError(ValueError):
    """What a component was given cannot be used; the message says what to change."""


class OutputError(OSError):
    """An output cannot be written; nothing of it is left behind."""


def check(condition: object, field: str, rule: str, got: object, fix: str) -> None:
    """Refuse a value that breaks a rule.

    Args:
        condition: True-like if the rule holds.
        field: What is checked, as `owner.field`.
        rule: What it must be or do, to be read after "must".
        got: The value at hand.
        fix: What the reader can do about it, one sentence without a full stop.

    Raises:
        DataError: If the rule does not hold.
    """
    if not condition:
        raise DataError(f"{field} must {rule}, got {_short(got)}. {fix}.")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:300]}…"
