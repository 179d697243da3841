"""Writes the bundle: a build action, so the same inputs give the same bytes."""

import argparse
import hashlib
import json
from pathlib import Path

from release.bundle import Record, check_names, image_references, pipelines_in, write_bundle
from release.errors import ReleaseError


def make_record(version: str, layout: Path, wheel: Path, pipelines: dict[str, bytes]) -> Record:
    """Return what belongs together.

    Raises:
        ReleaseError: If the pipelines do not name exactly the images that were built with them.
    """
    digest, *members = digests(layout)
    pairs = [image.rpartition("@") for image in image_references(pipelines)]
    named = {tagged for tagged, _, found in pairs if found in members}
    if len(named) != 1:
        raise ReleaseError(
            f"pipelines must name images of the index {digest} by one tag, got {sorted(named)}. "
            "Build with --//pipelines:delivery=image, the default."
        )
    content = wheel.read_bytes()
    image = f"{named.pop()}@{digest}"
    return Record(version, image, wheel.name, hashlib.sha256(content).hexdigest())


def digests(layout: Path, named: str = "index.json") -> list[str]:
    """Return the digests of the index in a layout, and of the indexes and images in it."""
    found = []
    for entry in json.loads((layout / named).read_text(encoding="utf-8")).get("manifests", []):
        inner = Path("blobs", *entry["digest"].split(":"))
        found += [entry["digest"], *digests(layout, str(inner))]
    return found


def main() -> None:
    """Writes the archive."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--layout", type=Path, required=True)
    parser.add_argument("--wheel", type=Path, required=True)
    parser.add_argument("paths", nargs="+", help="one or several paths in each argument")
    args = parser.parse_args()
    paths = [Path(path) for argument in args.paths for path in argument.split()]
    files = {path.name: path.read_bytes() for path in paths}
    if len(files) != len(paths):
        raise ReleaseError(f"files of a bundle must have different names, got {paths}.")
    check_names(pipelines_in(files))
    record = make_record(args.version, args.layout, args.wheel, pipelines_in(files))
    write_bundle(args.out, record, files)


if __name__ == "__main__":
    main()
