"""Packs installed Python files into an image layer.

Usage: py_layer_tool.py OUT LISTING; a line of LISTING is "path in the image<TAB>file".
"""

import os
import sys
from pathlib import Path

from layer_tar import write_layer


def main(out: str, listing: str) -> None:
    """Reads the listing, then packs every file it names."""
    files: dict[str, Path] = {}
    for line in Path(listing).read_text(encoding="utf-8").splitlines():
        destination, source = line.split("\t")
        if destination in files:
            sys.exit(
                f"{out}: {destination} must come from one distribution, got it from "
                f"{files[destination]} and {source}. Drop one of the two."
            )
        files[destination] = Path(source)
    write_layer(
        Path(out),
        {path: (file.read_bytes(), os.access(file, os.X_OK)) for path, file in files.items()},
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
