"""Imports KFP's compiler from the folders that a build declares, and from nowhere else."""

import importlib
import os
import pkgutil
import sys
import sysconfig
from collections.abc import Iterable

from kfp_compiler.archives import Archives
from kfp_compiler.callers import skip_source_lines

_RUNTIME = "_KFP_RUNTIME"  # The command line of every compiled component sets it like this.


def restrict_imports(archives: Archives, kfp_archives: Iterable[str], roots: Iterable[str]) -> None:
    """Make the standard library and KFP importable, but no package of this machine.

    Args:
        archives: The finder that unpacks distributions.
        kfp_archives: The archives of KFP and of its requirements.
        roots: The runfiles paths of the folders that KFP is imported from; a folder without an
            archive contains the files themselves.
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
    """Import the parts of KFP that compiling needs, without its client where possible.

    `import kfp` spends most of its time on the client of the KFP server. Inside a component an
    environment variable makes KFP leave the client out. This relies on internals of KFP, so
    whenever it does not work as expected, KFP is imported as a whole.
    """
    try:
        _import_without_client()
    except (ImportError, AttributeError):
        _forget_kfp()
        importlib.import_module("kfp.compiler")
    skip_source_lines()


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


# The names that `import kfp` defines and an import without its client does not.
_LATE = ("Client", "client", "components", "local")


def _import_late(name: str) -> object:
    """Import the names of `kfp` that were left out when a pipeline first uses one of them."""
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
    """Make the parts of `kfp` importable that are in distributions added after its import."""
    kfp = sys.modules["kfp"]
    kfp.__path__ = pkgutil.extend_path(kfp.__path__, "kfp")
