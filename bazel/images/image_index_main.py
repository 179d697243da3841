"""Gathers images and indexes of images in one index."""

import argparse
import json
import sys
from pathlib import Path

from description import PREDEFINED, add_description, annotations
from layout_writer import (
    INDEX,
    Json,
    blob,
    copy_blob,
    link,
    named,
    read_json,
    write_index,
    write_json,
)

_PLATFORM = ("os", "architecture", "variant", "os.version", "os.features")
# No client selects a member with this platform as its own; such members are pulled by digest.
_NO_PLATFORM = {"architecture": "unknown", "os": "unknown"}


def add(out: Path, source: Path, descriptor: Json) -> Json:
    """Put an image, or an index and its images, into the layout `out`.

    Returns:
        The descriptor, with its platform and its title.

    Source:
        OCI Image Format Specification 1.1: image-index.md, "manifests".
    """
    manifest = read_json(source, descriptor)
    copy_blob(out, source, descriptor)
    if "manifests" in manifest:
        for member in manifest["manifests"]:
            add(out, source, member)
        platform = _NO_PLATFORM
    else:
        config = read_json(source, manifest["config"])
        copy_blob(out, source, manifest["config"])
        for layer in manifest["layers"]:
            link(out, layer["digest"], blob(source, layer["digest"]))
        platform = {key: config[key] for key in _PLATFORM if config.get(key)}
    title = {
        key: text for key, text in manifest["annotations"].items() if key == PREDEFINED + "title"
    }
    return descriptor | {"platform": platform, "annotations": title}


def main(argv: list[str]) -> None:
    """Write the layout of the index, and its digest."""
    parser = argparse.ArgumentParser(fromfile_prefix_chars="@")
    parser.add_argument("--owner", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--digest", type=Path, required=True)
    parser.add_argument("--digests", type=Path, required=True)
    parser.add_argument("--component", action="append", default=[], help="of the last images")
    parser.add_argument("images", type=Path, nargs="+")
    add_description(parser)
    args = parser.parse_args(argv)
    members = [add(args.out, image, named(image)) for image in args.images]
    first = len(members) - len(args.component)
    digests = zip(args.component, [member["digest"] for member in members[first:]], strict=True)
    args.digests.write_text(json.dumps(dict(digests)), encoding="utf-8")
    index = {
        "schemaVersion": 2,
        "mediaType": INDEX,
        "manifests": members,
        "annotations": annotations(args, ""),
    }
    descriptor = write_json(args.out, INDEX, index)
    write_index(args.out, descriptor)
    args.digest.write_text(f"{descriptor['digest']}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
