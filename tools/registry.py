"""Serves an OCI registry on 127.0.0.1 with crane, until Ctrl-C or SIGTERM."""

import argparse
import os
import signal
import socket
import sys
import time
from pathlib import Path

from crane_registry import serve

_HOST = "127.0.0.1"


def listens(port: int) -> bool:
    """Return whether a server accepts connections on the port."""
    with socket.socket() as probe:
        return probe.connect_ex((_HOST, port)) == 0


def run(crane: Path, port: int, disk: Path | None) -> None:
    """Run the registry until a signal ends this program.

    Args:
        crane: The crane executable.
        port: Port on 127.0.0.1.
        disk: Folder for the layers, which are kept in memory without it. The list of images is
            always in the memory of crane.

    Raises:
        SystemExit: If the registry cannot be started.
    """
    if listens(port):
        sys.exit(
            f"--port must be free, got {port!r} in use."
            " Stop the program that listens there, or pass: --port ANOTHER"
        )
    if disk:
        disk.mkdir(parents=True, exist_ok=True)
    try:
        with serve(crane, port, disk) as served:
            where = f"localhost:{served}, in {disk or 'memory'}"
            print(f"registry at {where}; Ctrl-C stops it", flush=True)
            while listens(served):
                time.sleep(1)
            sys.exit("registry must keep running, but crane has ended.")
    except RuntimeError as error:
        sys.exit(f"registry must start. {error}")


def stop(_signal: int, _frame: object) -> None:
    """End the process with an exception, so that the server is stopped as well."""
    sys.exit(0)


def main() -> None:
    """Serve a registry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=5000, help="port (default: %(default)s)")
    parser.add_argument("--disk", type=Path, help="folder for the layers (default: memory)")
    args = parser.parse_args()
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    here = Path(os.environ.get("BUILD_WORKING_DIRECTORY", "."))
    crane = Path(os.environ["CRANE"]).absolute()
    run(crane, args.port, here / args.disk if args.disk else None)


if __name__ == "__main__":
    main()
