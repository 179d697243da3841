"""The files of an image, as one of its containers sees them.

The layers are stacked as a container runtime stacks them: whiteouts remove entries of lower layers,
links are followed, and a later entry replaces an earlier one. Anything that runtimes could
interpret differently is an error.

Source:
    OCI Image Format Specification 1.1: layer.md.
"""

import collections
import gzip
import hashlib
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from kfp_component_lib.verification.errors import DeliveryError

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
_AUFS = ".wh..wh."  # aufs reserves these names, and runtimes ignore them
_LINKS_FOLLOWED = 40  # the limit of Linux
_ENTRIES_LIMIT = 2_000_000
_UNPACKED_LIMIT = 16 << 30  # bytes, in all layers together
_CHUNK = 1 << 20
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


@dataclass(eq=False)
class Folder:
    """A folder.

    Attributes:
        entries: Its entries, by name.
    """

    entries: "dict[str, Node]" = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class File:
    """A regular file, whose content is in an unpacked layer."""

    layer: Path
    offset: int
    size: int

    def read(self) -> bytes:
        """Return the content."""
        with self.layer.open("rb") as layer:
            layer.seek(self.offset)
            return layer.read(self.size)

    def sha256(self) -> str:
        """Return the hash of the content, in hex."""
        return hashlib.sha256(self.read()).hexdigest()


@dataclass(frozen=True)
class Link:
    """A symbolic link.

    Attributes:
        target: The path that it points to.
    """

    target: str


@dataclass(frozen=True)
class Special:
    """A device, a pipe or a socket."""


Node = Folder | File | Link | Special
_Made = collections.defaultdict[Folder, set[str]]  # the names that one layer adds to folders


class Layers:
    """Unpacks each layer once, into a folder that must exist for as long as files are read."""

    def __init__(self, scratch: Path):
        """Unpack into the folder `scratch`."""
        self._scratch = scratch
        self._room = _UNPACKED_LIMIT
        self._known: dict[Path, tuple[Path, str]] = {}

    def unpack(self, layer: Path) -> tuple[Path, str]:
        """Return the tar archive of a layer, and the digest of the archive.

        Raises:
            DeliveryError: If the layer is damaged, or all of them together are too large.
        """
        if layer not in self._known:
            target = self._scratch / f"{layer.name}.tar"
            self._known[layer] = target, self._unpack(layer, target)
        return self._known[layer]

    def _unpack(self, layer: Path, unpacked: Path) -> str:
        digest = hashlib.sha256()
        try:
            with _opened(layer) as source, unpacked.open("wb") as target:
                while chunk := source.read(_CHUNK):
                    self._room -= len(chunk)
                    if self._room < 0:
                        raise DeliveryError(
                            f"layers must have at most {_UNPACKED_LIMIT:,} bytes unpacked, got "
                            f"more in {layer.name}."
                        )
                    digest.update(chunk)
                    target.write(chunk)
        except (OSError, EOFError, zlib.error) as error:
            raise DeliveryError(
                f"layer {layer.name} must be a gzipped tar archive, got {str(error)!r}."
            ) from None
        return "sha256:" + digest.hexdigest()


class ContainerFiles:
    """The files of an image.

    Attributes:
        root: The root folder.
    """

    def __init__(self, archives: Sequence[Path]):
        """Stack the layers.

        Args:
            archives: The unpacked layers, lowest layer first.

        Raises:
            DeliveryError: If a layer is damaged, or runtimes could interpret it differently.
        """
        self.root = Folder()
        self._entries = 0
        for number, archive in enumerate(archives):
            self._apply(archive, f"layer {number + 1} of {len(archives)}")

    def find(self, path: str) -> Node | None:
        """Return the node at an absolute path, following all links, or None if there is none."""
        return self._resolve(_parts(path))

    def walk(self) -> Iterator[tuple[str, Node]]:
        """Yield every node with its path, without following links."""
        waiting: list[tuple[str, Node]] = [("", self.root)]
        while waiting:
            path, node = waiting.pop()
            if path:
                yield path, node
            if isinstance(node, Folder):
                waiting += [(f"{path}/{name}", below) for name, below in node.entries.items()]

    def _apply(self, unpacked: Path, name: str) -> None:
        made: _Made = collections.defaultdict(set)
        try:
            with tarfile.open(unpacked, "r:", errorlevel=2) as archive:
                for member in archive:
                    self._count()
                    self._add(member, unpacked, made, name)
        except (tarfile.TarError, ValueError, OverflowError, RecursionError) as error:
            raise DeliveryError(f"{name} must be a tar archive, got {str(error)!r}.") from None

    def _count(self) -> None:
        self._entries += 1
        if self._entries > _ENTRIES_LIMIT:
            raise DeliveryError(f"an image must have at most {_ENTRIES_LIMIT:,} entries, got more.")

    def _add(self, member: tarfile.TarInfo, unpacked: Path, made: _Made, layer: str) -> None:
        parts = _parts(member.name)
        if ".." in parts:
            raise DeliveryError(f"{layer} must not write outside the image, got {member.name!r}.")
        if not parts:
            return
        folder = self._folder(parts[:-1], member.name, made, layer)
        ours, name = made[folder], parts[-1]
        if name == _OPAQUE:
            _remove_others(folder, made)
        elif name.startswith(_AUFS):
            return
        elif name.startswith(_WHITEOUT):
            self._remove(folder, name.removeprefix(_WHITEOUT), ours, layer)
        elif not (member.isdir() and isinstance(folder.entries.get(name), Folder)):
            if name in ours:
                raise DeliveryError(
                    f"{layer} must have each entry once, got {member.name!r} twice."
                )
            ours.add(name)
            folder.entries[name] = self._node(member, unpacked, layer)
        else:
            ours.add(name)

    def _remove(self, folder: Folder, name: str, ours: set[str], layer: str) -> None:
        if name in ours:
            raise DeliveryError(f"{layer} must not remove what it adds itself, got {name!r}.")
        folder.entries.pop(name, None)

    def _node(self, member: tarfile.TarInfo, unpacked: Path, layer: str) -> Node:
        if member.isdir():
            return Folder()
        if member.issym():
            return Link(member.linkname)
        if member.islnk():
            target = self._resolve(_parts(member.linkname), follow_last=False)
            if target is None or isinstance(target, Folder):
                raise DeliveryError(
                    f"{layer} must link to files that are there, got {member.name!r} to "
                    f"{member.linkname!r}."
                )
            return target
        if member.issparse():
            raise DeliveryError(
                f"{layer} must hold whole files, got a sparse one: {member.name!r}."
            )
        if member.isreg():
            return File(unpacked, member.offset_data, member.size)
        return Special()

    def _folder(self, parts: Sequence[str], path: str, made: _Made, layer: str) -> Folder:
        """Return the folder of an entry, which is made if it is not there."""
        node: Node | None = self.root
        for number, part in enumerate(parts):
            assert isinstance(node, Folder)
            node.entries.setdefault(part, Folder())
            made[node].add(part) if not isinstance(node.entries[part], Link) else None
            node = self._resolve(parts[: number + 1])
            if not isinstance(node, Folder):
                raise DeliveryError(
                    f"{layer} must put {path!r} into a folder, but the parent is not a folder."
                )
        assert isinstance(node, Folder)
        return node

    def _resolve(self, parts: Sequence[str], follow_last: bool = True) -> Node | None:
        """Return the node that a path leads to inside the image, or None if there is none."""
        trail: list[Folder] = [self.root]
        waiting, followed = list(parts), 0
        node: Node = self.root
        while waiting:
            part = waiting.pop(0)
            if part == "..":
                trail = trail[:-1] or [self.root]
                node = trail[-1]
                continue
            found = trail[-1].entries.get(part)
            if isinstance(found, Link) and (waiting or follow_last):
                followed += 1
                if followed > _LINKS_FOLLOWED:
                    return None
                if found.target.startswith("/"):
                    trail = [self.root]
                node = trail[-1]
                waiting = _parts(found.target) + waiting
                continue
            if found is None or (waiting and not isinstance(found, Folder)):
                return None
            node = found
            if isinstance(found, Folder):
                trail.append(found)
        return node


def _remove_others(folder: Folder, made: _Made) -> None:
    """Remove everything below a folder that the current layer did not put there."""
    for name, node in list(folder.entries.items()):
        if name not in made[folder]:
            del folder.entries[name]
        elif isinstance(node, Folder):
            _remove_others(node, made)


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]


def _opened(layer: Path) -> BinaryIO | gzip.GzipFile:
    with layer.open("rb") as file:
        begin = file.read(4)
    if begin.startswith(_ZSTD):
        raise DeliveryError(f"layer {layer.name} must be gzipped or plain to be read, got zstd.")
    return gzip.open(layer) if begin.startswith(_GZIP) else layer.open("rb")
