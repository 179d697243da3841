"""Explains why a compilation failed, in terms that the author of the pipeline knows."""

import os
import re
import signal
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from kfp_compiler.processes import TimeLimitError

_KUBERNETES = "kfp.kubernetes"


class CompileError(Exception):
    """A pipeline, a component or an image reference cannot be compiled as requested."""


class TrapError(CompileError):
    """A definition contains traps; each line of the message names its own place."""


@dataclass(frozen=True)
class Words:
    """The names by which users know a target and its files.

    Attributes:
        label: The Bazel label of the target.
        source: The Python file of the target.
        names: Maps the path that a declared source was loaded from to the path that users know.
        tree: The temporary folder with the declared sources, if there is one.
        archives: The temporary folder with the installed distributions, if there is one.
    """

    label: str
    source: str
    names: Mapping[str, str]
    tree: Path | None = None
    archives: Path | None = None

    def of_error(self, error: BaseException) -> str:
        """Return the place and the reason of a failure, without a stack trace.

        Args:
            error: The exception that was raised while the source was loaded or compiled.
        """
        if isinstance(error, TrapError):
            return str(error)
        if isinstance(error, CompileError):
            return f"{self.source}: {error}"
        if isinstance(error, SyntaxError) and error.filename in self.names:
            place, line = f"{self.names[error.filename]}:{error.lineno}", error.text
            reason = f"{type(error).__name__}: {error.msg}"
        else:
            place, line = self._place(error)
            reason = self._reason(error)
        code = f"\n    {line.strip()}" if line else ""
        return f"{place}: {self._tell(reason)}{code}"

    def of_no_end(self, seconds: int) -> str:
        """Return the message for a compilation that was ended because it took too long."""
        return f"{self.source}: {self._too_long(seconds)}"

    def of_status(self, status: int) -> str:
        """Return the message for a compilation whose process ended in an unexpected way."""
        how = f"by {signal.Signals(-status).name}" if status < 0 else f"with status {status}"
        return (
            f"{self.source}: the process that compiles {self.label} must end by itself, got an end "
            f"{how}. Let nothing that the file runs when it is loaded end the process."
        )

    def _place(self, error: BaseException) -> tuple[str, str | None]:
        """Return the innermost line of the declared sources in the traceback of the failure."""
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            if frame.filename in self.names:
                return f"{self.names[frame.filename]}:{frame.lineno}", frame.line
        return self.source, None

    def _reason(self, error: BaseException) -> str:
        if isinstance(error, TimeLimitError):
            return self._too_long(error.seconds)
        if isinstance(error, ImportError):
            return self._reason_of_import(error)
        return f"{type(error).__name__}: {error}{_lacking(error)}{self._missing_file(error)}"

    def _reason_of_import(self, error: ImportError) -> str:
        advice = f"Add the target that provides it to the deps of {self.label}."
        # Python adds the path of the module's file, which does not help here.
        reason = re.sub(r" \((/.*|unknown location)\)$", "", str(error))
        if reason == "cannot import name 'kubernetes' from 'kfp'":
            return f"ModuleNotFoundError: No module named 'kfp.kubernetes'. {advice}"
        if isinstance(error, ModuleNotFoundError):
            return f"ModuleNotFoundError: {error}. {advice}"
        return f"{type(error).__name__}: {reason}{_lacking(error)}"

    def _missing_file(self, error: BaseException) -> str:
        """Return advice if an error is about a file that might belong to the workspace."""
        if not self.tree:
            return ""
        paths = re.findall(rf"{re.escape(str(self.tree))}/[^\s'\"]*", str(error))
        name = error.filename if isinstance(error, FileNotFoundError) else None
        if isinstance(name, str) and not os.path.isabs(name):
            paths.append(name)
        if all(Path(path).exists() for path in paths):
            return ""
        return f". Every file that is read while {self.label} is compiled must be among its data."

    def _too_long(self, seconds: float) -> str:
        return (
            f"compiling {self.label} must end within {seconds} seconds, and did not. Let neither "
            f"the file nor the functions of its pipelines wait, or loop without end."
        )

    def _tell(self, text: str) -> str:
        """Replace temporary paths by the paths that users know."""
        if not self.tree:
            return text
        text = text.replace(f"{self.tree}/_main/", "").replace(f"{self.tree}/", "external/")
        return re.sub(rf"{re.escape(str(self.archives))}/\S*?/site-packages/", "", text)


def _lacking(error: BaseException) -> str:
    """Return the version of KFP, if an error is about something that this version lacks."""
    owner = _owner(error)
    if owner.partition(".")[0] != "kfp":
        return ""
    name = _KUBERNETES if owner.startswith(_KUBERNETES) else "kfp"
    return f". This is {name} {sys.modules[name].__version__}."


def _owner(error: BaseException) -> str:
    """Return the module that lacks an attribute, name or argument; empty for other errors."""
    if isinstance(error, ImportError):
        return error.name or ""
    if isinstance(error, AttributeError):
        return _home(error.obj)
    if isinstance(error, TypeError) and "unexpected keyword argument" in str(error):
        return _home_of_callable(str(error).partition("(")[0].partition(".")[0], error)
    return ""


def _home(value: object) -> str:
    if isinstance(value, ModuleType):
        return value.__name__
    return getattr(value, "__module__", None) or type(value).__module__


def _home_of_callable(name: str, error: BaseException) -> str:
    """Return the module of the function or class that an error names, if it belongs to KFP.

    Python names functions and classes by their own names, and KFP names components by theirs.
    """
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    seen = frame.f_globals | frame.f_locals
    if name in seen:
        return _home(seen[name])
    for module_name, module in list(sys.modules.items()):
        if module_name.startswith("kfp."):
            for key, value in vars(module).items():
                if name in (key, getattr(value, "name", None)):
                    return module_name
    return ""
