"""Writes the source archive and its source.json; the same files give the same bytes."""

import argparse
import gzip
import io
import json
import tarfile
from pathlib import Path

from kfp_component_lib.verification.source_archive import integrity_of

_SUFFIX = ".file"
_TIME = 315532800  # 1980, the earliest time that a zip archive can state as well


def read_files(folder: Path) -> dict[str, bytes]:
    """Return the content of each tracked file by its path, from links called PATH.file."""
    return {
        path.relative_to(folder).as_posix().removesuffix(_SUFFIX): path.read_bytes()
        for path in folder.rglob("*" + _SUFFIX)
        if path.is_file()
    }


def pack(files: dict[str, bytes], executables: set[str], prefix: str) -> bytes:
    """Return the files below one folder as tar.gz, without anything of this machine or moment."""
    out = io.BytesIO()
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=out, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path, content in sorted(files.items()):
            entry = tarfile.TarInfo(f"{prefix}/{path}")
            entry.size, entry.mtime = len(content), _TIME
            entry.mode = 0o755 if path in executables else 0o644
            tar.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--executables", type=Path, required=True, help="lists the programs")
    parser.add_argument("--releases", required=True, help="URL below which releases are published")
    parser.add_argument("--version", required=True)
    parser.add_argument("--archive", type=Path, required=True, help="the archive to write")
    parser.add_argument("--source-json", type=Path, required=True, help="its description to write")
    args = parser.parse_args()
    prefix = args.archive.name.removesuffix(".tar.gz")
    executables = set(args.executables.read_text(encoding="utf-8").splitlines())
    content = pack(read_files(args.executables.parent / "files"), executables, prefix)
    source = {
        "url": f"{args.releases}/v{args.version}/{args.archive.name}",
        "integrity": integrity_of(content),
        "strip_prefix": prefix,
    }
    args.archive.write_bytes(content)
    args.source_json.write_text(json.dumps(source, indent=4) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
