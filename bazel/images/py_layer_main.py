"""Packs installed distributions into an image layer, trimmed and compiled."""

import argparse
import glob
import re
import sys
from pathlib import Path

from layer_tar import Layer


def excluder(owner: str, patterns: list[str]):
    """Return a function that matches a path, and one that returns the patterns without a match."""
    compiled = {
        pattern: re.compile(glob.translate(pattern, recursive=True, include_hidden=True))
        for pattern in patterns
    }
    unused = set(patterns)

    def excluded(path: str) -> bool:
        matching = {pattern for pattern, regex in compiled.items() if regex.match(path)}
        unused.difference_update(matching)
        return bool(matching)

    def check_used() -> None:
        if unused:
            sys.exit(
                f"{owner}: every pattern of `exclude` must match a file, got {sorted(unused)} "
                "without a match. Correct or drop them."
            )

    return excluded, check_used


def parse(argv: list[str]) -> argparse.Namespace:
    """Read the command line; a file is given as DESTINATION<TAB>SOURCE."""
    parser = argparse.ArgumentParser(fromfile_prefix_chars="@")
    parser.add_argument("--owner", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--descriptor", type=Path, required=True)
    parser.add_argument("--prefix", required=True)
    parser.add_argument("--exclude", action="append", default=[])
    parser.add_argument("--exclude_if_there", action="append", default=[])
    parser.add_argument("files", nargs="+")
    return parser.parse_args(argv)


def main(argv: list[str]) -> None:
    """Pack the files that no pattern excludes, and their bytecode."""
    args = parse(argv)
    layer = Layer(args.owner)
    excluded, check_used = excluder(args.owner, args.exclude)
    also_excluded, _ = excluder(args.owner, args.exclude_if_there)
    for line in args.files:
        path, source = line.split("\t")
        if not excluded(path) and not also_excluded(path):
            layer.add(f"{args.prefix}/{path}", Path(source), source)
    check_used()
    layer.add_bytecode()
    layer.write(args.out, args.descriptor)


if __name__ == "__main__":
    main(sys.argv[1:])
