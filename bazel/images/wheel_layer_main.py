"""Installs a wheel into image layers: its files, their bytecode, INSTALLER and RECORD."""

import argparse
import csv
import io
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

from layer_tar import Layer

_INSTALLER = b"bazel\n"


def dist_info(owner: str, names: list[str]) -> str:
    """Return the wheel's .dist-info folder; refuse what only an installer can place."""
    if scheme := [name for name in names if name.split("/")[0].endswith(".data")]:
        sys.exit(
            f"{owner}.wheel must hold packages only, got {scheme[0]!r}. "
            "Leave scripts and data files out of the wheel."
        )
    (record,) = [name for name in names if name.endswith(".dist-info/RECORD")]
    return record.removesuffix("/RECORD")


def record(paths: Iterable[str]) -> bytes:
    """Write RECORD: the path of each file, without the hash and the size that it may have.

    With them every edit would change RECORD, and the layer that it is in.

    Source:
        "Recording installed projects", packaging.python.org.
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([path, "", ""] for path in sorted(paths))
    return text.getvalue().encode()


def parse(argv: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(fromfile_prefix_chars="@")
    parser.add_argument("--owner", required=True)
    parser.add_argument("--out", type=Path, action="append", required=True)
    parser.add_argument("--prefix", required=True)
    parser.add_argument("--wheel", type=Path, required=True)
    return parser.parse_args(argv)


def main(argv: list[str]) -> None:
    """Unpack the wheel below the prefix, as an installer would leave it."""
    args = parse(argv)
    layer = Layer(args.owner)
    with zipfile.ZipFile(args.wheel) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        info = dist_info(args.owner, names)
        files = {name: archive.read(name) for name in names if name != f"{info}/RECORD"}
    files[f"{info}/INSTALLER"] = _INSTALLER
    for name, content in files.items():
        layer.add(f"{args.prefix}/{name}", content, args.wheel.name)
    compiled = [path.removeprefix(f"{args.prefix}/") for path in layer.add_bytecode()]
    recorded = [*files, *compiled, f"{info}/RECORD"]
    layer.add(f"{args.prefix}/{info}/RECORD", record(recorded), args.owner)
    for part, out in zip(layer.split(len(args.out)), args.out, strict=True):
        part.write(out)


if __name__ == "__main__":
    main(sys.argv[1:])
