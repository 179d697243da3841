"""Serves an OCI registry on 127.0.0.1 by crane, until Ctrl-C or SIGTERM."""

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

_HOST = "127.0.0.1"
_START_SECONDS = 10


def listens(port: int) -> bool:
    """Return whether something accepts connections on the port."""
    with socket.socket() as probe:
        return probe.connect_ex((_HOST, port)) == 0


def wait_until_it_listens(server: subprocess.Popen[bytes], port: int) -> None:
    """Return when the server accepts connections.

    Raises:
        SystemExit: If it ended, or stays deaf.
    """
    deadline = time.monotonic() + _START_SECONDS
    while not listens(port):
        if server.poll() is not None:
            sys.exit(
                f"registry must start, got crane's exit status {server.returncode}. See above."
            )
        if time.monotonic() > deadline:
            sys.exit(f"registry must listen on {_HOST}:{port}, got nothing in {_START_SECONDS} s.")
        time.sleep(0.05)


def serve(crane: Path, port: int, disk: Path | None) -> None:
    """Run the registry until a signal ends it.

    Args:
        crane: The crane executable.
        port: Port on 127.0.0.1.
        disk: Folder that keeps the images; without one they live in memory.
    """
    if listens(port):
        sys.exit(
            f"--port must be free, got {port!r} in use."
            " Stop what listens there, or pass: --port ANOTHER"
        )
    command = [str(crane), "registry", "serve", "--address", f"{_HOST}:{port}"]
    if disk:
        disk.mkdir(parents=True, exist_ok=True)
        command += ["--disk", str(disk)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_until_it_listens(server, port)
        print(f"registry at localhost:{port}, in {disk or 'memory'}; Ctrl-C stops it", flush=True)
        sys.exit(server.wait())
    finally:
        server.terminate()
        server.wait()


def stop(_signal: int, _frame: object) -> None:
    """End the process in the usual way, so that it takes the server along."""
    sys.exit(0)


def main() -> None:
    """Serve a registry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=5000, help="port (default: %(default)s)")
    parser.add_argument("--disk", type=Path, help="folder that keeps the images (default: memory)")
    args = parser.parse_args()
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    here = Path(os.environ.get("BUILD_WORKING_DIRECTORY", "."))
    crane = Path(os.environ["CRANE"]).absolute()
    serve(crane, args.port, here / args.disk if args.disk else None)


if __name__ == "__main__":
    main()
