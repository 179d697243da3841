"""Restricts declared sources to declared imports, although KFP makes more importable."""

import builtins
import importlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path


def forbid_undeclared_imports(tree: Path, roots: Sequence[str]) -> None:
    """Restrict the imports of sources to the standard library, kfp and `roots`.

    The restriction does not apply to the modules that sources import. KFP's own requirements must
    be importable, and many are imported already. A source that relied on one of them would break
    as soon as KFP no longer needs it.

    Args:
        tree: The folder that contains the declared sources.
        roots: The runfiles paths of the folders that imports start from.
    """
    import_any, import_module = builtins.__import__, importlib.import_module
    before = set(sys.modules)
    folders = [f"/{root}/" for root in roots if root.endswith("/site-packages")]

    def check(name: str, importer: Mapping[str, object]) -> None:
        by_source = _place(importer.get("__spec__")).startswith(f"{tree}/")
        if by_source and not is_declared(name):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    def is_declared(name: str) -> bool:
        package = name.partition(".")[0]
        if package == "kfp" or package in sys.stdlib_module_names:
            return True
        place = _place_of_module(name)
        if not place:
            # It was made at run time: by what is declared, unless it was there before.
            return package not in before
        return place.startswith(f"{tree}/") or any(folder in place for folder in folders)

    def import_declared(name, globals=None, locals=None, fromlist=(), level=0):
        module = import_any(name, globals, locals, fromlist, level)
        if not level:
            check(name, globals or {})
        return module

    def import_declared_module(name, package=None):
        module = import_module(name, package)
        if not name.startswith("."):
            check(name, sys._getframe(1).f_globals)
        return module

    builtins.__import__, importlib.import_module = import_declared, import_declared_module


def _place_of_module(name: str) -> str:
    """Return the path of a module, or of its package if the module was created at run time."""
    while name:
        if place := _place(getattr(sys.modules.get(name), "__spec__", None)):
            return place
        name = name.rpartition(".")[0]
    return ""


def _place(spec) -> str:
    """Return the path of a module's file, or of one of the folders of a namespace package."""
    if spec is None:
        return ""
    return spec.origin or f"{next(iter(spec.submodule_search_locations or ['']))}/"
