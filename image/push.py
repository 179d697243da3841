"""Pushes the image by the given oci_push program, once it is known that a registry listens.

Takes the flags of oci_push: --repository, --tag, and those of `crane push`.
"""

import argparse
import os
import socket
import sys
from pathlib import Path

_THIS_MACHINE = {"localhost", "127.0.0.1"}
_TIMEOUT_SECONDS = 5


def parse(argv: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Read what this program needs; everything else is oci_push's."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("-r", "--repository", required=True)
    return parser.parse_known_args(argv)


def check_listening(repository: str) -> None:
    """Say how to start a registry where one of this machine is named and none listens.

    Others are left to crane: they may want TLS, a proxy, a login.
    """
    registry = repository.split("/")[0]
    host, _, port = registry.partition(":")
    if host not in _THIS_MACHINE:
        return
    try:
        socket.create_connection((host, int(port or 80)), _TIMEOUT_SECONDS).close()
    except OSError as error:
        sys.exit(
            f"--repository must name a registry that answers, got {repository!r}: "
            f"nothing listens at {registry} ({error}). "
            "Start one with: bazel run //tools:registry"
        )


def main(argv: list[str]) -> None:
    """Check, then become the push program."""
    args, rest = parse(argv)
    check_listening(args.repository)
    # The program finds its own files in the runfiles of this one.
    os.environ.setdefault("RUNFILES_DIR", str(Path.cwd().parent))
    os.execv(args.program, [str(args.program), "--repository", args.repository, *rest])


if __name__ == "__main__":
    main(sys.argv[1:])
