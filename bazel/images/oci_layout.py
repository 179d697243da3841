"""Reads an image that Bazel has built, from an OCI image layout with one image or one index.

Source:
    OCI Image Format Specification 1.1: image-layout.md, layer.md.
"""

import contextlib
import fcntl
import functools
import io
import json
import os
import platform
import stat
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

_ARCHITECTURES = {"aarch64": "arm64", "arm64": "arm64", "x86_64": "amd64"}
_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"


class Image:
    """The one image of a layout.

    Attributes:
        digest: Digest of the image or index that the layout names.
        member: Digest of the image; in an index, of the first for this machine, as for clients.
        manifest: The image manifest.
        config: The image configuration.
        layers: The layers' files, beginning with the lowest.
    """

    def __init__(self, layout: Path, member: str = ""):
        """Open the layout in the folder `layout`.

        Args:
            layout: The folder.
            member: Digest of the image to select, if the layout has several.
        """
        self._layout = layout
        index = json.loads((layout / "index.json").read_text(encoding="utf-8"))
        (descriptor,) = index["manifests"]
        self.digest: str = member or descriptor["digest"]
        self.member = self._of_this_machine(self.digest)
        self.manifest = self._json(self.member)
        self.config = self._json(self.manifest["config"]["digest"])
        self.layers = [self._blob(layer["digest"]) for layer in self.manifest["layers"]]

    def _of_this_machine(self, digest: str) -> str:
        manifest = self._json(digest)
        if "manifests" not in manifest:
            return digest
        found = (
            descriptor["digest"]
            for descriptor in manifest["manifests"]
            if descriptor["platform"]["architecture"] == _ARCHITECTURES[platform.machine()]
        )
        if (first := next(found, None)) is None:
            raise LookupError(
                f"{digest} must have an image for {platform.machine()}, but has none."
            )
        return first

    def _blob(self, digest: str) -> Path:
        return self._layout.joinpath("blobs", *digest.split(":"))

    def _json(self, digest: str) -> dict:
        return json.loads(self._blob(digest).read_text(encoding="utf-8"))

    def above(self, base: "Image") -> list[Path]:
        """Return the layers that this image has on top of those of `base`."""
        below = [layer["digest"] for layer in base.manifest["layers"]]
        own = [layer["digest"] for layer in self.manifest["layers"]]
        if own[: len(below)] != below:
            raise ValueError(f"base must be the base of {self.digest}, got {base.digest}.")
        return self.layers[len(below) :]

    def environment(self) -> dict[str, str]:
        """Return the environment that a container of this image starts with."""
        return dict(pair.split("=", 1) for pair in self.config["config"].get("Env", []))

    @functools.cached_property
    def files(self) -> dict[str, tarfile.TarInfo]:
        """All entries that are neither folders nor removed by a higher layer, by path."""
        found: dict[str, tarfile.TarInfo] = {}
        for layer in self.layers:
            for member in members(layer):
                path = PurePosixPath(member.name)
                if path.name == _OPAQUE:
                    _forget(found, path.parent)
                elif path.name.startswith(_WHITEOUT):
                    _forget(found, path.with_name(path.name.removeprefix(_WHITEOUT)))
                elif not member.isdir():
                    found[member.name] = member
        return found

    def read(self, *wanted: str) -> dict[str, bytes]:
        """Return the content of the image's files whose path matches one of the globs `wanted`."""
        found: dict[str, bytes] = {}
        for layer in self.layers:
            found |= read(layer, *wanted)
        return {path: content for path, content in found.items() if path in self.files}

    def write_archive(self, file: Path) -> None:
        """Write the image as an archive without a name, which Docker and podman can load."""
        config = self._blob(self.manifest["config"]["digest"])
        entry = {"Config": config.name, "RepoTags": [], "Layers": [p.name for p in self.layers]}
        manifest = json.dumps([entry]).encode()
        with tarfile.open(file, "w", dereference=True) as tar:
            for blob in dict.fromkeys([config, *self.layers]):
                tar.add(blob, blob.name)
            member = tarfile.TarInfo("manifest.json")
            member.size = len(manifest)
            tar.addfile(member, io.BytesIO(manifest))

    def unpack(self, root: Path, layers: Path | None = None) -> None:
        """Write the image's files to the folder `root`, owned by the current user.

        Args:
            root: The folder.
            layers: Folder with one unpacked copy of each layer for all images that contain it.
                Files in `root` are hard links to these, so their contents and modes are shared.
        """
        with contextlib.ExitStack() as scratch:
            kept = layers or Path(
                scratch.enter_context(tempfile.TemporaryDirectory(dir=root.parent))
            )
            for layer in self.layers:
                _add(_unpacked(layer, kept), root)


def find_image(layouts: Iterable[Path], digest: str) -> Image:
    """Return the image with a digest, which may be an index of one image for several platforms.

    Raises:
        LookupError: If no layout has it, or if it is not for this machine.
    """
    for layout in layouts:
        if layout.joinpath("blobs", *digest.split(":")).exists():
            image = Image(layout, digest)
            if image.config["architecture"] == _ARCHITECTURES[platform.machine()]:
                return image
            raise LookupError(
                f"{digest} must be an image for {platform.machine()}, but is for another platform."
            )
    raise LookupError(f"{digest} must be an image of this build, but is not.")


def members(layer: Path) -> tuple[tarfile.TarInfo, ...]:
    """Return the members of a layer; names have neither a leading `./` nor a trailing slash."""
    return _members(layer.resolve())


def read(layer: Path, *wanted: str) -> dict[str, bytes]:
    """Return the content of a layer's files whose path matches one of the globs `wanted`."""
    return _read(layer.resolve(), wanted)


# Images of one version share most of their layers, so each layer is read once.
@functools.cache
def _members(layer: Path) -> tuple[tarfile.TarInfo, ...]:
    with tarfile.open(layer) as tar:
        found = tuple(tar)
    for member in found:
        member.name = _normal(member.name)
    return found


@functools.cache
def _read(layer: Path, wanted: tuple[str, ...]) -> dict[str, bytes]:
    with tarfile.open(layer) as tar:
        return {
            _normal(member.name): tar.extractfile(member).read()
            for member in tar
            if member.isfile()
            and any(PurePosixPath(_normal(member.name)).full_match(glob) for glob in wanted)
        }


def _normal(name: str) -> str:
    return str(PurePosixPath(name.removeprefix("./")))


def _unpacked(layer: Path, kept: Path) -> Path:
    """Return the folder below `kept` with a layer's files; unpack them there if necessary."""
    folder = kept / layer.name
    kept.mkdir(parents=True, exist_ok=True)
    with _locked(kept / f"{layer.name}.lock"):
        if not folder.exists():
            with tempfile.TemporaryDirectory(dir=kept) as scratch:
                entries = _extract(layer, Path(scratch, "files"))
                Path(scratch, "entries.json").write_text(json.dumps(entries), encoding="utf-8")
                os.rename(scratch, folder)
    return folder


@contextlib.contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Hold a lock, so that only one process at a time continues."""
    with file.open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _extract(layer: Path, root: Path) -> list[tuple[str, int | None]]:
    """Write a layer's files, including the marks of removed files, to the folder `root`.

    Returns:
        All paths in the layer's order, folders with their modes.
    """
    entries: list[tuple[str, int | None]] = []
    with tarfile.open(layer) as tar:
        for member in tar:
            if member.isdev():
                continue
            path = root / _normal(member.name)
            if not member.isdir():
                _remove(path)
            # The current user must be able to write to the folders and to delete them.
            mode = member.mode | (stat.S_IRWXU if member.isdir() else stat.S_IRUSR)
            member = member.replace(mode=mode, uid=None, gid=None, uname=None, gname=None)
            tar.extract(member, root, filter="fully_trusted")
            entries.append((_normal(member.name), mode if member.isdir() else None))
    return entries


def _add(layer: Path, root: Path) -> None:
    """Put an unpacked layer on top of the content of `root`."""
    for name, mode in json.loads((layer / "entries.json").read_text(encoding="utf-8")):
        path = root / name
        if path.name == _OPAQUE:
            _empty(path.parent)
        elif path.name.startswith(_WHITEOUT):
            _remove(path.with_name(path.name.removeprefix(_WHITEOUT)))
        elif mode is None:
            _link(layer / "files" / name, path)
        else:
            path.mkdir(parents=True, exist_ok=True)
            path.chmod(mode)


def _link(source: Path, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, path, follow_symlinks=False)
    except FileExistsError:
        _remove(path)
        os.link(source, path, follow_symlinks=False)


def _forget(files: dict[str, tarfile.TarInfo], removed: PurePosixPath) -> None:
    for path in [p for p in files if p == str(removed) or p.startswith(f"{removed}/")]:
        del files[path]


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        _empty(path)
        path.rmdir()
    else:
        path.unlink(missing_ok=True)


def _empty(folder: Path) -> None:
    for child in folder.iterdir():
        _remove(child)
