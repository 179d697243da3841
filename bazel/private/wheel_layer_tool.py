"""Unpacks a wheel into an image layer. Usage: wheel_layer_tool.py OUT PREFIX WHEEL"""

import sys
import zipfile
from pathlib import Path

from layer_tar import write_layer


def main(out: str, prefix: str, wheel: str) -> None:
    """Packs every file of the wheel below the prefix."""
    with zipfile.ZipFile(wheel) as archive:
        files = {f"{prefix}/{name}": (archive.read(name), False) for name in archive.namelist()}
    write_layer(Path(out), files)


if __name__ == "__main__":
    main(*sys.argv[1:])
