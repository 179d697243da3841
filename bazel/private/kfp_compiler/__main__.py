"""Compiles for Bazel: as a persistent worker, or one request and done."""

import gc
import sys

from kfp_compiler.kfp_import import import_kfp, restrict_imports
from kfp_compiler.single_shot import compile_once
from kfp_compiler.warm_up import warm_up
from kfp_compiler.worker import Worker

_KFP_ROOT = "--kfp_root="
_WORKER = "--persistent_worker"


def main(arguments: list[str]) -> int:
    """Import KFP, then compile whatever is asked for; return the exit status."""
    sys.dont_write_bytecode = True
    # There is little garbage in one compilation, and forks share what a collector would touch.
    gc.disable()
    restrict_imports(a.removeprefix(_KFP_ROOT) for a in arguments if a.startswith(_KFP_ROOT))
    import_kfp()
    requests = [a for a in arguments if a != _WORKER and not a.startswith(_KFP_ROOT)]
    if _WORKER in arguments:
        warm_up()
        return Worker().serve()
    return compile_once(requests)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
