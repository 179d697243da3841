"""Gathers images under one index."""

import argparse
import sys
from pathlib import Path

from layout_writer import (
    INDEX,
    Json,
    copy_blob,
    link_blob,
    named,
    read_json,
    write_index,
    write_json,
)

_PLATFORM = ("os", "architecture", "variant", "os.version", "os.features")


def add(out: Path, image: Path) -> Json:
    """Put an image into the layout `out`; return its descriptor, with its platform.

    Source:
        OCI Image Format Specification 1.1: image-index.md, "manifests".
    """
    descriptor = named(image)
    manifest = read_json(image, descriptor)
    config = read_json(image, manifest["config"])
    copy_blob(out, image, descriptor)
    copy_blob(out, image, manifest["config"])
    for layer in manifest["layers"]:
        link_blob(out, image, layer)
    return descriptor | {"platform": {key: config[key] for key in _PLATFORM if config.get(key)}}


def main(argv: list[str]) -> None:
    """Write the layout of the index, and its digest."""
    parser = argparse.ArgumentParser(fromfile_prefix_chars="@")
    parser.add_argument("--owner", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--digest", type=Path, required=True)
    parser.add_argument("--annotations", type=Path, required=True)
    parser.add_argument("images", type=Path, nargs="+")
    args = parser.parse_args(argv)
    lines = args.annotations.read_text(encoding="utf-8").splitlines()
    index = {
        "schemaVersion": 2,
        "mediaType": INDEX,
        "manifests": [add(args.out, image) for image in args.images],
        "annotations": dict(line.split("=", 1) for line in lines),
    }
    descriptor = write_json(args.out, INDEX, index)
    write_index(args.out, descriptor)
    args.digest.write_text(f"{descriptor['digest']}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
