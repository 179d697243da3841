"""Writes the digest of the image in a layout.

Usage: digest.py IMAGE OUT
"""

import sys
from pathlib import Path

import layout

if __name__ == "__main__":
    image, out = map(Path, sys.argv[1:])
    out.write_text(layout.read_index(image)[0]["digest"] + "\n")
