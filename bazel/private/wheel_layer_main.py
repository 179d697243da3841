"""Installs a wheel into an image layer: its files, their bytecode, INSTALLER and RECORD."""

import argparse
import base64
import csv
import hashlib
import io
import sys
import zipfile
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


def record(files: dict[str, bytes | None]) -> bytes:
    """Write RECORD: path, hash and size of each file; neither where content is None.

    Source:
        "Recording installed projects", packaging.python.org.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for path, content in sorted(files.items()):
        if content is None:
            writer.writerow([path, "", ""])
            continue
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
        writer.writerow([path, f"sha256={digest.decode()}", len(content)])
    return text.getvalue().encode()


def parse(argv: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--owner", required=True)
    parser.add_argument("--out", type=Path, required=True)
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
    recorded = files | dict.fromkeys([*compiled, f"{info}/RECORD"])
    layer.add(f"{args.prefix}/{info}/RECORD", record(recorded), args.owner)
    layer.write(args.out)


if __name__ == "__main__":
    main(sys.argv[1:])
