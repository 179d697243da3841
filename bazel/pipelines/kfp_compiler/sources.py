"""Loads the Python file of a pipeline, which can import only its declared sources."""

import importlib.util
import inspect
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

from kfp_compiler.errors import CompileError
from kfp_compiler.reproducible import EPOCH, normalize_mode

_MODULE = "_kfp_source"


def copy_sources(tree: Path, files: Mapping[str, str]) -> dict[str, str]:
    """Lay the declared sources out as they are at run time.

    They are copies rather than links, because code that packs a source or resolves its path must
    find a real file. A copy has only the content of the original and its executable bit.

    Args:
        tree: The folder to create.
        files: Maps the runfiles path of each source to its current path.

    Returns:
        A mapping from the path of each source in the tree to its original path.
    """
    for path, file in files.items():
        _copy(Path(file), tree / path)
    return {str(tree / path): file for path, file in files.items()}


def _copy(source: Path, copy: Path) -> None:
    if source.is_dir():
        copy.mkdir(parents=True, exist_ok=True)
        for entry in source.iterdir():
            _copy(entry, copy / entry.name)
        return
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, copy)
    copy.chmod(normalize_mode(source.stat().st_mode))
    os.utime(copy, (EPOCH, EPOCH))


def import_roots(tree: Path, roots: Sequence[str]) -> list[str]:
    """Return the folders that imports start from: installed packages and folders in the tree."""
    return [
        os.path.abspath(os.path.join("external", root))
        if root.endswith("/site-packages")
        else str(tree / root)
        for root in roots
    ]


def load_source(path: str) -> ModuleType:
    """Run a Python file as a module whose name cannot clash with an import."""
    spec = importlib.util.spec_from_file_location(_MODULE, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[_MODULE] = module
    spec.loader.exec_module(module)
    return module


def find_function(module: ModuleType, kind: str, function: str) -> object:
    """Return the pipeline or component to compile.

    Args:
        module: The loaded source.
        kind: `pipeline` or `component`.
        function: Name of the function; empty if the source defines only one.

    Raises:
        CompileError: If there is no such function or more than one, or if it is of another kind.
    """
    if function:
        return _named(module, kind, function)
    found = {
        name: value
        for name, value in vars(module).items()
        if _kind(value) == kind and _defined_in(value, module)
    }
    if len(found) != 1:
        raise CompileError(
            f"function must name one of the {kind}s of the file, which defines "
            f"{sorted(found) or 'none'}. Decorate a function with @dsl.{kind}, or say which "
            f"one by function = ..."
        )
    return next(iter(found.values()))


def _named(module: ModuleType, kind: str, function: str) -> object:
    value = vars(module).get(function)
    if _kind(value) != kind:
        got = "nothing of that name" if value is None else _kind(value) or type(value).__name__
        raise CompileError(
            f"function must name a {kind}, got {function!r}, which is {got}. "
            f"Decorate it with @dsl.{kind}."
        )
    return value


def _kind(value: object) -> str:
    """Return `pipeline` or `component`, or an empty text for an object that KFP cannot compile."""
    from kfp.dsl.base_component import BaseComponent
    from kfp.dsl.graph_component import GraphComponent

    if isinstance(value, GraphComponent):
        return "pipeline"
    return "component" if isinstance(value, BaseComponent) else ""


def _defined_in(component: object, module: ModuleType) -> bool:
    """Return whether a component was defined in this file rather than imported into it."""
    function = getattr(component, "pipeline_func", getattr(component, "python_func", None))
    return function is None or inspect.unwrap(function).__module__ == module.__name__
