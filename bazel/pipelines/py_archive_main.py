"""Packs the files of an installed distribution into one archive, with their bytecode."""

import argparse
import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZipFile, ZipInfo

from bytecode import bytecode


def parse(argv: list[str]) -> argparse.Namespace:
    """Read the command line; a file is given as DESTINATION<TAB>SOURCE."""
    parser = argparse.ArgumentParser(fromfile_prefix_chars="@")
    parser.add_argument("--owner", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("files", nargs="+")
    return parser.parse_args(argv)


def compiled(name: str, source: bytes) -> dict[str, bytes]:
    """Return the bytecode of a module; it is missing if the module is for another Python."""
    try:
        return {importlib.util.cache_from_source(name): bytecode(source, f"/{name}")}
    except (SyntaxError, ValueError):
        return {}


def contents(files: Mapping[str, Path]) -> dict[str, bytes]:
    """Return everything that goes into the archive."""
    given = {name: file.read_bytes() for name, file in files.items()}
    modules = [name for name in given if name.endswith(".py")]
    return given | {k: v for name in modules for k, v in compiled(name, given[name]).items()}


def main(argv: list[str]) -> None:
    """Write the archive, so that the same files always give the same bytes."""
    args = parse(argv)
    pairs = (line.split("\t") for line in args.files)
    files = {name: Path(source) for name, source in pairs}
    with ZipFile(args.out, "w") as archive:
        for name, content in sorted(contents(files).items()):
            archive.writestr(ZipInfo(name), content)


if __name__ == "__main__":
    main(sys.argv[1:])
