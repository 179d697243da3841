"""Hands the archive of an image to this machine's container engine, or says in one line why it cannot.

Usage: load_main.py load --input ARCHIVE, which is how rules_oci calls the `loader` of an oci_load.
"""

import os
import shutil
import subprocess
import sys

_ENGINES = ("docker", "podman", "nerdctl")
_PUSH = "Without one, push the image to a registry instead, by the target NAME.push."


def find_engine() -> str:
    """Return the first engine on PATH that answers, or exit with the reason why there is none.

    An engine that does not answer would only say so after it had been given the archive.
    """
    found = [path for path in map(shutil.which, _ENGINES) if path]
    if not found:
        sys.exit(f"PATH must have {', '.join(_ENGINES[:-1])} or {_ENGINES[-1]}, got none. {_PUSH}")
    refusals = []
    for engine in found:
        asked = subprocess.run([engine, "info"], capture_output=True, text=True, errors="replace")
        if not asked.returncode:
            return engine
        reason = asked.stderr.strip().splitlines() or [f"exit status {asked.returncode}"]
        refusals.append(f"{engine} must reach a running engine, got {reason[-1]!r}.")
    sys.exit(f"{' '.join(refusals)} Start it. {_PUSH}")


def main() -> None:
    """Become the engine."""
    engine = find_engine()
    os.execv(engine, [engine, *sys.argv[1:]])


if __name__ == "__main__":
    main()
