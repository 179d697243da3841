"""Writes the layer with the bytecode of a base image's standard library."""

import argparse
import sys
from pathlib import Path, PurePosixPath

from layer_tar import Layer
from oci_layout import Image

_FOLDER = f"python{sys.version_info.major}.{sys.version_info.minor}"


def standard_library(base: Image, owner: str) -> dict[PurePosixPath, bytes]:
    """Return the modules below each folder of this Python's version in the base."""
    found = base.read(f"usr/**/lib/{_FOLDER}/**/*.py")
    if not found:
        sys.exit(
            f"{owner}.base must have the Python that compiles for it, got no usr/**/lib/{_FOLDER}. "
            "Choose a base of that version."
        )
    return {PurePosixPath(path): source for path, source in found.items()}


def matching(modules: dict[PurePosixPath, bytes], pattern: str) -> dict[PurePosixPath, bytes]:
    """Return the modules whose path within the standard library matches the glob."""
    return {
        path: source
        for path, source in modules.items()
        if path.full_match(f"usr/**/lib/{_FOLDER}/{pattern}")
    }


def main(argv: list[str]) -> None:
    """Compile the modules that a pattern matches; each pattern must."""
    parser = argparse.ArgumentParser(fromfile_prefix_chars="@")
    parser.add_argument("--owner", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("patterns", nargs="+")
    args = parser.parse_args(argv)
    modules = standard_library(Image(args.base), args.owner)
    found = {pattern: matching(modules, pattern) for pattern in args.patterns}
    if unused := [pattern for pattern in args.patterns if not found[pattern]]:
        sys.exit(
            f"{args.owner}: every pattern of `modules` must match a module, got {unused} "
            "without a match. Correct or drop them."
        )
    layer = Layer(args.owner)
    for path in sorted({path for paths in found.values() for path in paths}):
        layer.add_bytecode_of(str(path), modules[path])
    layer.write(args.out)


if __name__ == "__main__":
    main(sys.argv[1:])
