"""Compiles one request and ends: what Bazel runs where it may not keep a worker."""

import sys
from collections.abc import Sequence
from pathlib import Path

from kfp_compiler.compilation import compile_request
from kfp_compiler.kfp_import import import_kfp, restrict_imports
from kfp_compiler.request import parse_request

_KFP_ROOT = "--kfp_root="


def main(arguments: Sequence[str]) -> int:
    """Return the exit status of compiling what the arguments ask for."""
    roots = [a.removeprefix(_KFP_ROOT) for a in arguments if a.startswith(_KFP_ROOT)]
    request = parse_request(expand([a for a in arguments if not a.startswith(_KFP_ROOT)]))
    sys.dont_write_bytecode = True
    restrict_imports(roots)
    import_kfp()
    if failure := compile_request(request):
        print(failure, file=sys.stderr)
    return 1 if failure else 0


def expand(arguments: Sequence[str]) -> list[str]:
    """Replace each `@FILE` by the lines of the file."""
    return [
        line
        for argument in arguments
        for line in (
            Path(argument[1:]).read_text(encoding="utf-8").splitlines()
            if argument.startswith("@")
            else [argument]
        )
    ]
