"""An image layer whose bytes depend only on its files, without times, owners or local modes."""

import gzip
import hashlib
import importlib.util
import io
import json
import sys
import tarfile
from pathlib import Path, PurePosixPath

from bytecode import bytecode


class Layer:
    """Collects files for one layer, with one source for each destination."""

    def __init__(self, owner: str):
        """Start an empty layer; `owner` is the target that errors name."""
        self._owner = owner
        self._contents: dict[str, bytes | Path] = {}
        self._origins: dict[str, str] = {}

    def add(self, path: str, content: bytes | Path, origin: str) -> None:
        """Put a file at `path`, relative to the root of the image."""
        if path in self._contents:
            sys.exit(
                f"{self._owner} must have one source for each file, got two for {path!r}: "
                f"{self._origins[path]} and {origin}. Drop one of the two."
            )
        self._contents[path], self._origins[path] = content, origin

    def read(self, path: str) -> bytes:
        """Return the content of the file at `path`."""
        content = self._contents[path]
        return content if isinstance(content, bytes) else content.read_bytes()

    def add_bytecode(self) -> list[str]:
        """Put a .pyc beside every module; return their paths."""
        modules = sorted(path for path in self._contents if path.endswith(".py"))
        return [self.add_bytecode_of(module, self.read(module)) for module in modules]

    def add_bytecode_of(self, module: str, source: bytes) -> str:
        """Put the .pyc of a module where Python looks for it; return its path."""
        path = importlib.util.cache_from_source(module)
        try:
            self.add(path, bytecode(source, f"/{module}"), f"the bytecode of {module}")
        except SyntaxError as error:
            sys.exit(
                f"{self._owner} must hold modules that Python {sys.version.split()[0]} can "
                f"compile, got {module!r}: {error}. Name it in `exclude`."
            )
        return path

    def write(self, out: Path, descriptor: Path) -> None:
        """Write the layer as a gzipped tar, folders before what is in them, and describe it.

        A module and its bytecode share names and texts, so they compress better next to each other.

        Args:
            out: The file for the layer.
            descriptor: The JSON file for its digests and its size.
        """
        self._write(out)
        descriptor.write_text(json.dumps(describe(out)), encoding="utf-8")

    def _write(self, out: Path) -> None:
        folders = {str(d) for path in self._contents for d in PurePosixPath(path).parents}
        with (
            out.open("wb") as raw,
            gzip.GzipFile("", "wb", 9, raw, mtime=0) as zipped,
            tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as tar,
        ):
            for path in [*sorted(folders - {"."}), *sorted(self._contents, key=_beside_module)]:
                self._write_entry(tar, path)

    def _write_entry(self, tar: tarfile.TarFile, path: str) -> None:
        info = tarfile.TarInfo(path)
        if path not in self._contents:
            info.type, info.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(info)
            return
        content = self.read(path)
        info.size, info.mode = len(content), 0o644
        tar.addfile(info, io.BytesIO(content))


def describe(layer: Path) -> dict[str, str | int]:
    """Return the entries for a gzipped layer in the manifest and the config."""
    with gzip.open(layer) as content:
        diff_id = hashlib.file_digest(content, "sha256").hexdigest()
    with layer.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    size = layer.stat().st_size
    return {"digest": f"sha256:{digest}", "diff_id": f"sha256:{diff_id}", "size": size}


def _module(path: str) -> str:
    return importlib.util.source_from_cache(path) if path.endswith(".pyc") else path


def _beside_module(path: str) -> tuple[str, str]:
    return _module(path), path
