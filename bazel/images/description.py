"""The labels and annotations of an image and of an index of images.

Source:
    OCI Image Format Specification 1.1: annotations.md, "Pre-Defined Annotation Keys".
"""

import argparse
import sys
from pathlib import Path

PREDEFINED = "org.opencontainers.image."
_OF_THE_COMMIT = {"revision": "STABLE_REVISION", "created": "STABLE_CREATED"}


def add_description(parser: argparse.ArgumentParser) -> None:
    """Add the options for the description."""
    parser.add_argument("--label", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--base_digest", type=Path)
    parser.add_argument("--base_name", type=Path)
    parser.add_argument("--status", type=Path, help="the workspace status")


def labels(args: argparse.Namespace) -> dict[str, str]:
    """Return the given labels and those about the commit."""
    given = dict(label.split("=", 1) for label in args.label)
    if not args.status:
        return given
    lines = args.status.read_text(encoding="utf-8").splitlines()
    status = dict(line.partition(" ")[::2] for line in lines)
    for key, name in _OF_THE_COMMIT.items():
        if not status.get(name):
            sys.exit(
                f"{args.owner} must have its commit, got no {name}. Build without --stamp, or with "
                "--workspace_status_command=PROGRAM, which prints it (here: --config=release)."
            )
        given[PREDEFINED + key] = status[name]
    return given


def annotations(args: argparse.Namespace, base_digest: str) -> dict[str, str]:
    """Return the annotations: the labels, and the name and digest of the base."""
    found = labels(args)
    digest = (
        args.base_digest.read_text(encoding="utf-8").strip() if args.base_digest else base_digest
    )
    if digest:
        found[PREDEFINED + "base.digest"] = digest
    if args.base_name:
        found[PREDEFINED + "base.name"] = args.base_name.read_text(encoding="utf-8").strip()
    return found
