"""Writes the layer with the bytecode of a base image's standard library."""

import argparse
import sys
from pathlib import Path, PurePosixPath

from layer_tar import Layer
from oci_layout import Image

_LIBRARY = f"usr/**/lib/python{sys.version_info.major}.{sys.version_info.minor}"


def main(argv: list[str]) -> None:
    """Compile the modules that match a pattern, unless the base has another version of Python."""
    parser = argparse.ArgumentParser(fromfile_prefix_chars="@")
    parser.add_argument("--owner", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--descriptor", type=Path, required=True)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("patterns", nargs="+")
    args = parser.parse_args(argv)
    globs = [f"{_LIBRARY}/{pattern}" for pattern in args.patterns]
    layer = Layer(args.owner)
    for path, source in sorted(Image(args.base).read(f"{_LIBRARY}/**/*.py").items()):
        if any(PurePosixPath(path).full_match(glob) for glob in globs):
            layer.add_bytecode_of(path, source)
    layer.write(args.out, args.descriptor)


if __name__ == "__main__":
    main(sys.argv[1:])
