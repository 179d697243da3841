"""Imports KFP's compiler from the folders a build declares, and from nowhere else."""

import importlib
import os
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

_RUNTIME = "_KFP_RUNTIME"


def restrict_imports(roots: Iterable[str]) -> None:
    """Let imports find the standard library and `roots`, but no package of this machine."""
    library = [sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")]
    own = [*library, *(os.path.join(folder, "lib-dynload") for folder in library)]
    standard = [path for path in sys.path if path in own or path.endswith(".zip")]
    sys.path[:] = [*standard, *(str(Path(root).absolute()) for root in roots)]


def import_kfp() -> None:
    """Import what compiling needs of KFP, without its client where that can be done.

    `import kfp` spends most of its time on the client of the KFP server. Inside a component KFP
    leaves that out, told so by an environment variable. This leans on how KFP is built inside,
    so whenever it does not end as expected KFP is imported as a whole.
    """
    try:
        _import_without_client()
    except (ImportError, AttributeError):
        _forget_kfp()
        importlib.import_module("kfp.compiler")


def _import_without_client() -> None:
    os.environ[_RUNTIME] = "true"
    try:
        kfp = importlib.import_module("kfp")
    finally:
        del os.environ[_RUNTIME]
    dsl = importlib.import_module("kfp.dsl")
    importlib.import_module("kfp.compiler")
    importlib.import_module("kfp.components")
    _ = dsl.component, dsl.pipeline
    setattr(kfp, "__getattr__", _import_client)  # noqa: B010 - a module's attribute hook


def _import_client(name: str) -> object:
    """Stand in for the names of `kfp` that were left out."""
    if name != "Client":
        raise AttributeError(f"module 'kfp' has no attribute {name!r}")
    return importlib.import_module("kfp.client").Client


def _forget_kfp() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "kfp"]:
        del sys.modules[name]
