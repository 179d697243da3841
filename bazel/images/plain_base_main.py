"""Writes a base image without what it says of itself."""

import argparse
import sys
from pathlib import Path

from layout_writer import link_blob, named, read_json, write_index, write_json

_PREDEFINED = "org.opencontainers.image."


def main(argv: list[str]) -> None:
    """Leave out annotations, and the labels that OCI predefines.

    Source:
        OCI Image Format Specification 1.1: annotations.md, "Pre-Defined Annotation Keys".
    """
    parser = argparse.ArgumentParser(fromfile_prefix_chars="@")
    parser.add_argument("--owner", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--base", type=Path, required=True)
    args = parser.parse_args(argv)
    manifest = read_json(args.base, named(args.base))
    config = read_json(args.base, manifest["config"])
    for layer in manifest["layers"]:
        link_blob(args.out, args.base, layer)
    labels = (config.get("config") or {}).get("Labels") or {}
    for label in [label for label in labels if label.startswith(_PREDEFINED)]:
        del labels[label]
    manifest.pop("annotations", None)
    manifest["config"] = write_json(args.out, manifest["config"]["mediaType"], config)
    write_index(args.out, write_json(args.out, named(args.base)["mediaType"], manifest))


if __name__ == "__main__":
    main(sys.argv[1:])
