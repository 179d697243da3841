"""Tells KFP which of its methods was called, without reading the source of every caller.

The methods that set the resources of a task ask `inspect.stack()` for their own name, for an error that
is hardly ever raised. It finds the source lines of the whole stack and, for each caller, looks through
all modules: this was three quarters of the time of compiling a pipeline that limits its tasks.
"""

import importlib
import inspect
import sys
from types import SimpleNamespace


def skip_source_lines() -> None:
    """Give the module of KFP that asks for its callers an `inspect` whose stack has no source lines."""
    module = importlib.import_module("kfp.dsl.pipeline_task")
    if getattr(module, "inspect", None) is inspect:
        setattr(module, "inspect", SimpleNamespace(**vars(inspect) | {"stack": _stack}))  # noqa: B010


def _stack(context: int = 1) -> list[inspect.FrameInfo]:
    """Return the caller and its callers, as `inspect.stack(context=0)` does."""
    frame, found = sys._getframe(1), []
    while frame is not None:
        code = frame.f_code
        found.append(
            inspect.FrameInfo(frame, code.co_filename, frame.f_lineno, code.co_name, None, None)
        )
        frame = frame.f_back
    return found
