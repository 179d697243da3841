"""Writes the layer that removes files of a base image."""

import argparse
import sys
from pathlib import Path, PurePosixPath

from layer_tar import Layer
from oci_layout import Image


def removed(paths: set[str], patterns: list[str]) -> set[str]:
    """Return the topmost of `paths` that match one of the globs."""
    matching = {
        path for path in paths if any(PurePosixPath(path).full_match(glob) for glob in patterns)
    }
    return {
        path
        for path in matching
        if not any(str(p) in matching for p in PurePosixPath(path).parents)
    }


def main(argv: list[str]) -> None:
    """Put a whiteout for everything in the base that a pattern matches.

    Source:
        OCI Image Format Specification 1.1, layer.md, "Whiteouts".
    """
    parser = argparse.ArgumentParser(fromfile_prefix_chars="@")
    parser.add_argument("--owner", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--descriptor", type=Path, required=True)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--remove", action="append", default=[])
    args = parser.parse_args(argv)
    files = Image(args.base).files
    folders = {str(folder) for path in files for folder in PurePosixPath(path).parents}
    layer = Layer(args.owner)
    for path in map(PurePosixPath, removed(files.keys() | folders, args.remove)):
        layer.add(f"{path.parent}/.wh.{path.name}", b"", str(path))
    layer.write(args.out, args.descriptor)


if __name__ == "__main__":
    main(sys.argv[1:])
