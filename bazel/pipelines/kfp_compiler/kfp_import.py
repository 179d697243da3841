"""Imports KFP's compiler from the folders a build declares, and from nowhere else."""

import importlib
import os
import pkgutil
import sys
import sysconfig
from collections.abc import Iterable

from kfp_compiler.archives import Archives

_RUNTIME = "_KFP_RUNTIME"  # as the command line of every compiled component sets it


def restrict_imports(archives: Archives, kfp_archives: Iterable[str], roots: Iterable[str]) -> None:
    """Let imports find the standard library and KFP, but no package of this machine.

    Args:
        archives: What unpacks distributions.
        kfp_archives: The archives of KFP and of what it requires.
        roots: Runfiles paths of the folders KFP is imported from; those without an archive hold files.
    """
    library = [sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")]
    own = [*library, *(os.path.join(folder, "lib-dynload") for folder in library)]
    standard = [path for path in sys.path if path in own or path.endswith(".zip")]
    installed = archives.add(kfp_archives)
    loose = [root for root in roots if root not in archives.roots]
    files = [os.path.abspath(os.path.join("external", root)) for root in loose]
    sys.path[:] = [*standard, *installed, *files]
    sys.meta_path.insert(0, archives)


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
    _ = dsl.component, dsl.pipeline
    setattr(kfp, "__getattr__", _import_late)  # noqa: B010 - a module's attribute hook


# What `import kfp` brings along that importing it without its client does not.
_LATE = ("Client", "client", "components", "local")


def _import_late(name: str) -> object:
    """Stand in for the names of `kfp` that were left out, until a pipeline asks for one of them."""
    kfp = sys.modules["kfp"]
    if name in _LATE:
        importlib.import_module("kfp.components")
        vars(kfp)["Client"] = importlib.import_module("kfp.client").Client
        if name in vars(kfp):
            return vars(kfp)[name]
    raise AttributeError(f"module 'kfp' has no attribute {name!r}", name=name, obj=kfp)


def _forget_kfp() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "kfp"]:
        del sys.modules[name]


def spread_kfp() -> None:
    """Let `kfp` see the parts of it in distributions that came after it was imported."""
    kfp = sys.modules["kfp"]
    kfp.__path__ = pkgutil.extend_path(kfp.__path__, "kfp")
