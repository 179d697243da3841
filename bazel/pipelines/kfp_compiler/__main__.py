"""Compiles for Bazel, either as a persistent worker or for a single request."""

import argparse
import gc
import signal
import sys

from kfp_compiler.archives import Archives
from kfp_compiler.kfp_import import import_kfp, restrict_imports
from kfp_compiler.single_shot import compile_once
from kfp_compiler.temporary import temporary_folder
from kfp_compiler.warm_up import warm_up
from kfp_compiler.worker import Worker


def _parse(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Return the startup options of the tool, and the arguments of a request that follows them."""
    parser = argparse.ArgumentParser(prog="kfp_compiler", allow_abbrev=False)
    parser.add_argument("--persistent_worker", action="store_true")
    parser.add_argument("--kfp_archive", action="append", default=[])
    parser.add_argument("--kfp_root", action="append", default=[])
    return parser.parse_known_args(arguments)


def main(arguments: list[str]) -> int:
    """Import KFP, then compile what is requested; return the exit status."""
    started, request = _parse(arguments)
    sys.dont_write_bytecode = True
    # One compilation makes little garbage, and a collector would copy the pages that forks share.
    gc.disable()
    # Bazel ends a worker with this signal, and the unpacked files must be removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with temporary_folder() as folder:
        archives = Archives(folder / "archives")
        restrict_imports(archives, started.kfp_archive, started.kfp_root)
        import_kfp()
        if not started.persistent_worker:
            return compile_once(request, folder, archives)
        warm_up(archives)
        return Worker(folder, archives).serve()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
