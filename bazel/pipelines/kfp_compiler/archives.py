"""Installed distributions as archives, whose files are unpacked when they are first imported."""

import functools
import importlib
import os
from collections.abc import Iterable, Mapping
from importlib.abc import MetaPathFinder
from pathlib import Path
from zipfile import ZipFile

_INSTALLED = "/site-packages/"
_METADATA = ".dist-info"


class Archives(MetaPathFinder):
    """An import finder that unpacks modules so that the next finders find them.

    Several processes may share a folder, because the unpacked folders are named after their
    archive and every file appears atomically.
    """

    def __init__(self, folder: Path):
        """Start without archives.

        Args:
            folder: Where archives are unpacked.
        """
        self.folder = folder
        self._of_module: dict[str, list[tuple[Path, list[str]]]] = {}
        self._places: dict[Path, Path] = {}
        self.roots: set[str] = set()

    @property
    def files(self) -> list[str]:
        """The archives, by their real paths."""
        return [str(archive) for archive in self._places]

    def add(self, archives: Iterable[str]) -> list[str]:
        """Add archives; return the folders from which their content can be imported."""
        return [path for archive in archives if (path := self._add(Path(archive).resolve()))]

    def _add(self, archive: Path) -> str | None:
        """Make the folders that other distributions may share, without any files."""
        names = _opened(archive, os.getpid()).namelist()
        root = names[0].partition(_INSTALLED)[0] + _INSTALLED.rstrip("/")
        if root in self.roots:
            return None
        self.roots.add(root)
        self._places[archive] = self.folder / _identity(archive)
        modules, folders = _outline(names, len(root) + 1)
        for module, files in modules.items():
            self._of_module.setdefault(module, []).append((archive, files))
        for folder in ["", *folders]:
            (self._places[archive] / root / folder).mkdir(parents=True, exist_ok=True)
        return str(self._places[archive] / root)

    def find_spec(self, fullname, path=None, target=None):
        """Unpack the files of a module, so that the next finder finds them."""
        for archive, files in self._of_module.pop(fullname, ()):
            _unpack(archive, self._places[archive], fullname, files)
        return None

    def find_distributions(self, context):
        """Unpack the metadata that importlib.metadata is about to look for."""
        self.find_spec(_METADATA)
        return ()


@functools.cache
def _opened(archive: Path, _process: int) -> ZipFile:
    """Return an archive; each process opens its own, since forks must not share a file."""
    return ZipFile(archive)


def _identity(archive: Path) -> str:
    """Return a name that is unique to the archive and to its current content."""
    stat = archive.stat()
    return f"{stat.st_ino}-{stat.st_mtime_ns}-{stat.st_size}"


def _outline(names: Iterable[str], start: int) -> tuple[Mapping[str, list[str]], set[str]]:
    """Return the files that each module needs, and the folders that other distributions may share.

    An outermost package comes with all of its files that are not modules, since any module may
    look for them, and with the `__init__.py` of the packages below it. Each of those packages comes
    with its own modules.

    Args:
        names: The names in the archive.
        start: The offset at which a name's path within site-packages starts.
    """
    parts = [(name, *_split(name[start:])) for name in names]
    packages = {folder for _, folder, stem in parts if stem == "__init__"}

    @functools.cache
    def around(folder: str) -> tuple[str, str]:
        """Return the outermost and the innermost package that contain a folder."""
        if not folder:
            return "", ""
        outer, inner = around(folder.rpartition("/")[0])
        return (outer or folder, folder) if folder in packages else (outer, inner)

    modules: dict[str, list[str]] = {}
    folders = {outer.rpartition("/")[0] for outer, _ in map(around, packages)}
    for name, folder, stem in parts:
        outer, inner = around(folder)
        if _METADATA in folder:
            owner = _METADATA
        elif not outer:
            owner = f"{folder}/{stem or name.rpartition('/')[2].partition('.')[0]}".lstrip("/")
            folders.add(folder)
        else:
            owner = inner if stem and stem != "__init__" else outer
        modules.setdefault(owner.replace("/", "."), []).append(name)
    return modules, folders


def _split(path: str) -> tuple[str, str]:
    """Return the folder and the name of the module that a file defines, if it defines one."""
    folder, _, name = path.rpartition("/")
    if name.endswith(".py"):
        return folder, name.removesuffix(".py")
    if name.endswith(".pyc"):
        return folder.removesuffix("__pycache__").rstrip("/"), name.partition(".")[0]
    return folder, ""


def _unpack(archive: Path, place: Path, module: str, files: Iterable[str]) -> None:
    """Unpack files, unless this has already been done for the module."""
    done = place / f"{module}.done"
    if done.exists():
        return
    for folder in {os.path.dirname(name) for name in files}:
        (place / folder).mkdir(parents=True, exist_ok=True)
    opened = _opened(archive, os.getpid())
    for name in files:
        _write(f"{place}/{name}", opened.read(name))
    done.touch()
    importlib.invalidate_caches()


def _write(path: str, content: bytes) -> None:
    unfinished = f"{path}.{os.getpid()}"
    with open(unfinished, "wb") as file:
        file.write(content)
    os.replace(unfinished, path)
