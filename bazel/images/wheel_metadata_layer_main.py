"""Writes the files that an installer adds besides modules: metadata, INSTALLER and RECORD."""

import argparse
import csv
import importlib.util
import io
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

from layer_tar import Layer

_INSTALLER = b"bazel\n"


def dist_info(owner: str, names: list[str]) -> str:
    """Return the wheel's .dist-info folder; refuse files that only an installer can place."""
    if scheme := [name for name in names if name.split("/")[0].endswith(".data")]:
        sys.exit(
            f"{owner}.wheel must hold packages only, got {scheme[0]!r}. "
            "Leave scripts and data files out of the wheel."
        )
    (record,) = [name for name in names if name.endswith(".dist-info/RECORD")]
    return record.removesuffix("/RECORD")


def record(paths: Iterable[str]) -> bytes:
    """Write RECORD: the path of each file, without the hash and the size that it may have.

    With these every edit would change RECORD and its layer.

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
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--descriptor", type=Path, required=True)
    parser.add_argument("--prefix", required=True)
    parser.add_argument("--wheel", type=Path, required=True)
    return parser.parse_args(argv)


def main(argv: list[str]) -> None:
    """Write the folder .dist-info of the wheel below the prefix."""
    args = parse(argv)
    layer = Layer(args.owner)
    with zipfile.ZipFile(args.wheel) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        info = dist_info(args.owner, names)
        own = [name for name in names if name.startswith(f"{info}/") and name != f"{info}/RECORD"]
        for name in own:
            layer.add(f"{args.prefix}/{name}", archive.read(name), args.wheel.name)
    layer.add(f"{args.prefix}/{info}/INSTALLER", _INSTALLER, args.owner)
    compiled = [importlib.util.cache_from_source(name) for name in names if name.endswith(".py")]
    recorded = {*names, *compiled, f"{info}/INSTALLER"}
    layer.add(f"{args.prefix}/{info}/RECORD", record(recorded), args.owner)
    layer.write(args.out, args.descriptor)


if __name__ == "__main__":
    main(sys.argv[1:])
