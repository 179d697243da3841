"""Writes the bundle. This is a build action, so the same inputs give the same bytes."""

import argparse
import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from kfp_component_lib.verification.bundle import MANIFESTS, NOTES, Record, pipelines_in
from kfp_component_lib.verification.errors import DeliveryError
from kfp_component_lib.verification.pipelines import read_pipeline
from release.private.bundle_file import check_pipeline_names, write_bundle
from release.private.changes import changes_in


def make_record(version: str, layout: Path, wheel: Path, pipelines: Mapping[str, bytes]) -> Record:
    """Return the record of the parts that belong together.

    Raises:
        DeliveryError: If the pipelines do not name the images of this build by a single tag.
    """
    digest, *members = digests(layout)
    images = {i for file, c in pipelines.items() for i in read_pipeline(file, c).images.values()}
    pairs = [image.rpartition("@") for image in images]
    named = {tagged for tagged, _, found in pairs if found in members}
    if len(named) != 1:
        raise DeliveryError(
            f"pipelines must name images of the index {digest} by one tag, got {sorted(named)}.  "
            "Build with --//pipelines:delivery=image, the default."
        )
    sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return Record(version, f"{named.pop()}@{digest}", wheel.name, sha256)


def digests(layout: Path, file: str = "index.json") -> list[str]:
    """Return the digests of the index in a layout, and of all indexes and images in it."""
    found = []
    for entry in json.loads((layout / file).read_text(encoding="utf-8")).get("manifests", []):
        inner = Path("blobs", *entry["digest"].split(":"))
        found += [entry["digest"], *digests(layout, str(inner))]
    return found


def write(args: argparse.Namespace) -> None:
    """Write the archive."""
    paths = [Path(path) for argument in args.paths for path in argument.split()]
    files = {path.name: path.read_bytes() for path in paths}
    if len(files) != len(paths):
        raise DeliveryError(f"files of a bundle must have different names, got {paths}.")
    files |= {f"{MANIFESTS}{path.name}": path.read_bytes() for path in args.manifests.iterdir()}
    files[NOTES] = changes_in(args.changelog.read_text("utf-8"), args.version).encode()
    pipelines = pipelines_in(files)
    check_pipeline_names(pipelines)
    write_bundle(args.out, make_record(args.version, args.layout, args.wheel, pipelines), files)


def main() -> int:
    """Run the command, and return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--layout", type=Path, required=True)
    parser.add_argument("--manifests", type=Path, required=True)
    parser.add_argument("--changelog", type=Path, required=True)
    parser.add_argument("--wheel", type=Path, required=True)
    parser.add_argument("paths", nargs="+", help="paths; an argument may hold several")
    try:
        write(parser.parse_args())
    except DeliveryError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
