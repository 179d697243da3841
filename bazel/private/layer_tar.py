"""Writes an image layer whose bytes depend on its files alone."""

import gzip
import io
import tarfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath


def write_layer(out: Path, files: Mapping[str, tuple[bytes, bool]]) -> None:
    """Writes a gzipped tar of `files`: path in the image to content and executable bit."""
    folders = {str(d) for path in files for d in PurePosixPath(path).parents if str(d) != "."}
    with (
        out.open("wb") as raw,
        gzip.GzipFile("", "wb", 6, raw, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in sorted(folders | files.keys()):
            info = tarfile.TarInfo(path)
            if path in folders:
                info.type, info.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(info)
                continue
            content, executable = files[path]
            info.size, info.mode = len(content), 0o755 if executable else 0o644
            tar.addfile(info, io.BytesIO(content))
