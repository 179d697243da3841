"""Writes the annotations of an image: its labels, and which base it has."""

import argparse
import sys
from pathlib import Path

from layout_writer import named

_BASE = "org.opencontainers.image.base"


def main(argv: list[str]) -> None:
    """Write lines of `KEY=VALUE`.

    Source:
        OCI Image Format Specification 1.1: annotations.md, "Pre-Defined Annotation Keys".
    """
    parser = argparse.ArgumentParser(fromfile_prefix_chars="@")
    parser.add_argument("--owner", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--base_name", type=Path)
    parser.add_argument("--labels", type=Path, required=True)
    args = parser.parse_args(argv)
    lines = args.labels.read_text(encoding="utf-8").splitlines()
    digest = named(args.base)["digest"] if args.base.is_dir() else args.base.read_text().strip()
    lines.append(f"{_BASE}.digest={digest}")
    if args.base_name:
        lines.append(f"{_BASE}.name={args.base_name.read_text(encoding='utf-8').strip()}")
    args.out.write_text("".join(f"{line}\n" for line in lines if line), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
