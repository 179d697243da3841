"""Compiles one request and ends, for builds in which Bazel does not use workers."""

import sys
from collections.abc import Sequence
from pathlib import Path

from kfp_compiler.archives import Archives
from kfp_compiler.isolation import compile_request
from kfp_compiler.request import parse_request


def compile_once(arguments: Sequence[str], folder: Path, archives: Archives) -> int:
    """Compile the request in the arguments, or in the files they name; return the exit status.

    Args:
        arguments: The command line.
        folder: A folder for temporary files.
        archives: The finder that unpacks installed distributions.
    """
    failure = compile_request(parse_request(_expand(arguments)), folder / "request", archives)
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
