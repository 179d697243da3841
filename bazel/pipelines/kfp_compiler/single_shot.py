"""Compiles one request and ends: what Bazel runs where it may not keep a worker."""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from kfp_compiler.archives import Archives
from kfp_compiler.compilation import compile_request
from kfp_compiler.request import parse_request


def compile_once(arguments: Sequence[str], archives: Archives) -> int:
    """Return the exit status of compiling what the arguments, or the files they name, ask for."""
    with tempfile.TemporaryDirectory(prefix="kfp_compile.") as folder:
        failure = compile_request(parse_request(_expand(arguments)), Path(folder), archives)
    if failure:
        print(failure, file=sys.stderr)
    return 1 if failure else 0


def _expand(arguments: Sequence[str]) -> list[str]:
    """Replace each `@FILE` by the lines of the file."""
    lines = []
    for argument in arguments:
        file = argument.removeprefix("@")
        lines += [argument] if file == argument else _lines(file)
    return lines


def _lines(file: str) -> list[str]:
    return Path(file).read_text(encoding="utf-8").splitlines()
