"""Finds the reason of a task's failure in its log."""

import signal
from pathlib import Path

_TRACEBACK = "Traceback (most recent call last):"
_MOST_LINES = 10
# Only the end of a log is read.
_MOST_BYTES = 1 << 16


def reason(log: Path, code: int) -> str:
    """Return why a task failed: the exception that ended it, or the last line that it printed.

    Args:
        log: The file with the task's output.
        code: Its exit code; as in subprocess, negative if a signal ended it.
    """
    if name := _signal(-code if code < 0 else code - 128):
        return f"ended by {name}"
    lines = [line for line in _end(log).splitlines() if line.strip()]
    if _TRACEBACK in lines:
        stack = lines[len(lines) - lines[::-1].index(_TRACEBACK) :]
        exception = next((i for i, line in enumerate(stack) if not line.startswith(" ")), None)
        if exception is not None:
            return "\n".join(stack[exception:][:_MOST_LINES])
    return lines[-1].strip() if lines else f"exit code {code}, and not a word"


def missing_module(text: str) -> bool:
    """Return whether a task failed because a module is missing."""
    return text.startswith("ModuleNotFoundError: ")


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return ""


def _end(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _MOST_BYTES))
        return file.read().decode("utf-8", "replace")
