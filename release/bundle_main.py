"""Writes the bundle: a build action, so the same inputs give the same bytes."""

import argparse
import hashlib
import sys
from collections.abc import Mapping
from pathlib import Path

from kfp_component_lib.verification.bundle import Record, pipelines_in
from kfp_component_lib.verification.errors import DeliveryError
from kfp_component_lib.verification.pipelines import read_pipeline
from release.private.bundle_file import check_pipeline_names, write_bundle


def make_record(version: str, digest: str, wheel: Path, pipelines: Mapping[str, bytes]) -> Record:
    """Return what belongs together.

    Raises:
        DeliveryError: If the pipelines do not name exactly the image that was built with them.
    """
    images = {i for file, c in pipelines.items() for i in read_pipeline(file, c).images.values()}
    named = {image for image in images if image.endswith("@" + digest)}
    if len(named) != 1:
        raise DeliveryError(
            f"pipelines must name one image with the digest {digest}, got {sorted(named)}. "
            "Build with --//pipelines:delivery=image, the default."
        )
    content = wheel.read_bytes()
    return Record(version, named.pop(), wheel.name, hashlib.sha256(content).hexdigest())


def write(args: argparse.Namespace) -> None:
    """Write the archive."""
    paths = [Path(path) for argument in args.paths for path in argument.split()]
    files = {path.name: path.read_bytes() for path in paths}
    if len(files) != len(paths):
        raise DeliveryError(f"files of a bundle must have different names, got {paths}.")
    digest = args.digest.read_text(encoding="utf-8").strip()
    pipelines = pipelines_in(files)
    check_pipeline_names(pipelines)
    write_bundle(args.out, make_record(args.version, digest, args.wheel, pipelines), files)


def main() -> int:
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--digest", type=Path, required=True)
    parser.add_argument("--wheel", type=Path, required=True)
    parser.add_argument("paths", nargs="+", help="one or several paths in each argument")
    try:
        write(parser.parse_args())
    except DeliveryError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
