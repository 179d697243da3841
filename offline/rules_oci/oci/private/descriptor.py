"""Describes a layer once, for all images that contain it.

Usage: descriptor.py TAR OUT LABEL
"""

import gzip
import json
import sys
from pathlib import Path

from layout import Json, digest_of

GZIP = b"\x1f\x8b"
ZSTD = b"\x28\xb5\x2f\xfd"


def compression(tar: Path) -> str:
    """The compression of a layer; an empty string if it is not compressed."""
    with tar.open("rb") as stream:
        head = stream.read(4)
    if head == ZSTD:
        raise SystemExit(
            f"{tar} must be a plain or a gzipped tar, got one compressed by zstd. "
            "This stand-in for rules_oci cannot read it: compress the layer by gzip."
        )
    return "gzip" if head.startswith(GZIP) else ""


def describe(tar: Path, label: str) -> Json:
    """The statements about a layer in the manifest and in the config of an image."""
    compressed = compression(tar)
    with tar.open("rb") as stream:
        digest = digest_of(stream)
    with gzip.open(tar) if compressed else tar.open("rb") as stream:
        diff_id = digest_of(stream)
    history = {"created": "1970-01-01T00:00:00Z", "created_by": f"bazel build {label}"}
    return {
        "digest": digest,
        "diffid": diff_id,
        "compression": compressed,
        "size": tar.stat().st_size,
        "history": history,
    }


if __name__ == "__main__":
    tar, out, label = sys.argv[1:]
    Path(out).write_text(json.dumps(describe(Path(tar), label)))
