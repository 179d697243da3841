"""`bazel run //tests/release:index -- FOLDER`: serves a package index for trying out releases."""

import signal
import sys
from pathlib import Path

from tests.release import servers


def main() -> None:
    """Serve the folder until a signal ends it; user and password are those of the tests."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with servers.index(folder) as port:
        print(f"index at http://127.0.0.1:{port}/", flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
