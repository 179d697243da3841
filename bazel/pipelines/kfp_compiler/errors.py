"""Tells why a compilation failed, in the terms of who wrote the pipeline."""

import traceback
from collections.abc import Mapping


class CompileError(Exception):
    """A pipeline, a component or an image reference that cannot be compiled as asked."""


class TrapError(CompileError):
    """What a backend would do with a definition; each line says its place itself."""


def describe(error: BaseException, label: str, source: str, files: Mapping[str, str]) -> str:
    """Return the place and the reason of a failure, without a stack.

    Args:
        error: What was raised while the source was loaded or compiled.
        label: The Bazel label of the target.
        source: The Python file of the target.
        files: Path a declared source was loaded from, to the path people know it by.
    """
    if isinstance(error, TrapError):
        return str(error)
    if isinstance(error, CompileError):
        return f"{source}: {error}"
    if isinstance(error, SyntaxError) and error.filename in files:
        place, line = f"{files[error.filename]}:{error.lineno}", error.text
        reason = f"{type(error).__name__}: {error.msg}"
    else:
        place, line = _place(error, source, files)
        reason = f"{type(error).__name__}: {error}"
    code = f"\n    {line.strip()}" if line else ""
    return f"{place}: {reason}{_advice(error, label)}{code}"


def _place(error: BaseException, source: str, files: Mapping[str, str]) -> tuple[str, str | None]:
    """Return the innermost line of the declared sources that the failure went through."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename in files:
            return f"{files[frame.filename]}:{frame.lineno}", frame.line
    return source, None


def _advice(error: BaseException, label: str) -> str:
    if isinstance(error, ModuleNotFoundError):
        return f". Add the target that provides it to the deps of {label}."
    return ""
