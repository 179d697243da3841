"""Shows that wheel, image and pipelines of a version belong together.

With Bazel:    bazel run //release:verify -- VERSION --bundle FILE
Without:       python3 -m release.verify_main VERSION --bundle FILE
in the root of the workspace; it needs Python 3.11 or later and nothing else.
"""

import argparse
import os
import shlex
import sys
from pathlib import Path

from release.bundle import read_bundle
from release.errors import ReleaseError
from release.index import Index
from release.registry import Registry
from release.verify import Verification, failures


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("version", help="the released version")
    parser.add_argument("--bundle", type=Path, required=True, help="the release's .zip")
    parser.add_argument("--repository", help="where to look for the image (as the bundle says)")
    parser.add_argument(
        "--index-url",
        default=os.environ.get("RELEASE_INDEX_URL") or os.environ.get("PIP_INDEX_URL"),
        help="simple API of the package index (RELEASE_INDEX_URL or PIP_INDEX_URL)",
    )
    parser.add_argument(
        "--cosign",
        type=shlex.split,
        default=[],
        metavar="OPTIONS",
        help="check the image's signature too, by cosign verify with these options: --key …, or "
        "--certificate-identity … --certificate-oidc-issuer …",
    )
    args = parser.parse_args(arguments)
    if not args.index_url:
        parser.error("--index-url must name the package index; got none.")
    return args


def verify(args: argparse.Namespace) -> int:
    """Compare registry, index and bundle; returns how much does not fit."""
    # bazel run changes the folder; the path was typed in another one.
    folder = Path(os.environ.get("BUILD_WORKING_DIRECTORY", "."))
    record, files = read_bundle(folder / args.bundle)
    registry = Registry(args.repository or record.repository)
    index = Index.from_url(args.index_url)
    return len(failures(Verification(args.version, record, files, registry, index, args.cosign)))


def main() -> int:
    """Run the command; returns its exit status."""
    args = parse(sys.argv[1:])
    try:
        failed = verify(args)
    except ReleaseError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 1
    verdict = f"{failed} checks failed" if failed else "image, wheel and pipelines belong together"
    print(f"{args.version}: {verdict}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
