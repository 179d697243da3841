"""Verifies that the images, the wheel and the pipelines of a version belong together.

    pip install "kfp-component-lib[verify]"
    verify-kfp-component-lib VERSION --bundle FILE --index-url URL

One of crane, skopeo and oras, whichever is on PATH, reads the registry with the credentials from
Docker's config.json.
"""

import argparse
import os
import shlex
import sys
from pathlib import Path

from kfp_component_lib.verification.errors import DeliveryError

_EXTRA = 'pip install "kfp-component-lib[verify]"'


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="verify-kfp-component-lib", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("version", help="the released version")
    parser.add_argument("--bundle", type=Path, required=True, help="the release's .zip")
    parser.add_argument(
        "--repository", help="repository of the images (default: the one that the bundle names)"
    )
    parser.add_argument(
        "--index-url",
        default=os.environ.get("RELEASE_INDEX_URL") or os.environ.get("PIP_INDEX_URL"),
        help="simple API of the package index (default: RELEASE_INDEX_URL or PIP_INDEX_URL)",
    )
    parser.add_argument(
        "--client", choices=["crane", "skopeo", "oras"], help="the program that reads the registry"
    )
    parser.add_argument(
        "--cosign",
        type=shlex.split,
        default=[],
        metavar="OPTIONS",
        help="also check the image's signature, by cosign verify with these options: --key …, or "
        "--certificate-identity … --certificate-oidc-issuer …",
    )
    args = parser.parse_args(arguments)
    if not args.index_url:
        parser.error(
            "--index-url must name the package index, got nothing. Pass it, or set "
            "RELEASE_INDEX_URL or PIP_INDEX_URL."
        )
    return args


def verify(args: argparse.Namespace) -> int:
    """Compare registry, index and bundle; return how many checks failed."""
    try:
        from kfp_component_lib.verification import checks, clients
        from kfp_component_lib.verification.bundle import read_bundle
        from kfp_component_lib.verification.index import Index
        from kfp_component_lib.verification.registry import Registry
    except ModuleNotFoundError as error:
        raise DeliveryError(
            f"{error.name} must be installed, but was not found. Run: {_EXTRA}"
        ) from None
    # `bazel run` changes the working directory, and the path is relative to the original one.
    folder = Path(os.environ.get("BUILD_WORKING_DIRECTORY", "."))
    record, files = read_bundle(folder / args.bundle)
    client = clients.find_client(args.client)
    registry = Registry(args.repository or record.repository, client)
    index = Index.from_url(args.index_url)
    found = checks.Verification(args.version, record, files, registry, index, args.cosign)
    return len(checks.failures(found))


def main(arguments: list[str] | None = None) -> int:
    """Run the command, and return its exit status."""
    args = parse(sys.argv[1:] if arguments is None else arguments)
    try:
        failed = verify(args)
    except DeliveryError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 1
    if failed:
        print(f"{args.version}: {failed} checks failed")
        return 1
    print(f"{args.version}: images, wheel and pipelines belong together")
    return 0


if __name__ == "__main__":
    sys.exit(main())
