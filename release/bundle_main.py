"""Writes the bundle: a build action, so the same inputs give the same bytes."""

import argparse
import hashlib
from pathlib import Path

from release.bundle import Record, check_names, image_references, pipelines_in, write_bundle
from release.errors import ReleaseError


def make_record(version: str, digest: str, wheel: Path, pipelines: dict[str, bytes]) -> Record:
    """Return what belongs together.

    Raises:
        ReleaseError: If the pipelines do not name exactly the image that was built with them.
    """
    named = {image for image in image_references(pipelines) if image.endswith("@" + digest)}
    if len(named) != 1:
        raise ReleaseError(
            f"pipelines must name one image with the digest {digest}, got {sorted(named)}. "
            "Build with --//pipelines:delivery=image, the default."
        )
    content = wheel.read_bytes()
    return Record(version, named.pop(), wheel.name, hashlib.sha256(content).hexdigest())


def main() -> None:
    """Writes the archive."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--digest", type=Path, required=True)
    parser.add_argument("--wheel", type=Path, required=True)
    parser.add_argument("paths", nargs="+", help="one or several paths in each argument")
    args = parser.parse_args()
    paths = [Path(path) for argument in args.paths for path in argument.split()]
    files = {path.name: path.read_bytes() for path in paths}
    if len(files) != len(paths):
        raise ReleaseError(f"files of a bundle must have different names, got {paths}.")
    digest = args.digest.read_text(encoding="utf-8").strip()
    check_names(pipelines_in(files))
    record = make_record(args.version, digest, args.wheel, pipelines_in(files))
    write_bundle(args.out, record, files)


if __name__ == "__main__":
    main()
