"""Installed distributions as archives, each unpacked when something is first imported from it."""

import functools
import importlib
import os
from collections.abc import Iterable
from importlib.abc import MetaPathFinder
from pathlib import Path
from zipfile import ZipFile

_INSTALLED = "/site-packages/"


class Archives(MetaPathFinder):
    """Unpacks what the finders behind it then find.

    A folder may be shared by several processes: what is unpacked there is named by the archive it
    comes from, and each file appears as a whole.
    """

    def __init__(self, folder: Path):
        """Know no archive yet.

        Args:
            folder: Where archives are unpacked.
        """
        self._folder = folder
        self._of_module: dict[str, list[Path]] = {}
        self._places: dict[Path, Path] = {}
        self.roots: set[str] = set()

    def add(self, archives: Iterable[str]) -> list[str]:
        """Take archives in charge; return the folders to import from what they hold."""
        return [path for archive in archives if (path := self._add(Path(archive).absolute()))]

    def _add(self, archive: Path) -> str | None:
        """Make the folders that other distributions may share, and no file yet."""
        with ZipFile(archive) as file:
            names = file.namelist()
        root = names[0].partition(_INSTALLED)[0] + _INSTALLED.rstrip("/")
        if root in self.roots:
            return None
        self.roots.add(root)
        self._places[archive] = self._folder / _identity(archive)
        modules, folders = _outermost(name.partition(_INSTALLED)[2] for name in names)
        for module in modules:
            self._of_module.setdefault(module, []).append(archive)
        for folder in ["", *folders]:
            (self._places[archive] / root / folder).mkdir(parents=True, exist_ok=True)
        return str(self._places[archive] / root)

    def find_spec(self, fullname, path=None, target=None):
        """Unpack the archives with a module; whoever is asked next finds it there."""
        for archive in self._of_module.pop(fullname, ()):
            _unpack(archive, self._places[archive], "")
        return None

    def find_distributions(self, context):
        """Unpack what importlib.metadata is going to look for."""
        for archive, place in self._places.items():
            _unpack(archive, place, ".dist-info/")
        return ()


def _identity(archive: Path) -> str:
    """Return a name that no other archive has, nor this one when it has changed."""
    stat = archive.stat()
    return f"{stat.st_ino}-{stat.st_mtime_ns}-{stat.st_size}"


def _outermost(files: Iterable[str]) -> tuple[set[str], set[str]]:
    """Return the modules that are in no package of these files, and the folders they lie in."""
    pairs = [file.rpartition("/")[::2] for file in files]
    packages = {folder for folder, name in pairs if name == "__init__.py"}

    @functools.cache
    def package_of(folder: str) -> str:
        above = folder and package_of(folder.rpartition("/")[0])
        return above or (folder if folder in packages else "")

    outermost = {package for folder in packages if (package := package_of(folder))}
    loose = {(folder, name) for folder, name in pairs if not package_of(folder)}
    modules = outermost | {f"{folder}/{name.partition('.')[0]}" for folder, name in loose}
    folders = {package.rpartition("/")[0] for package in outermost} | {f for f, _ in loose}
    return {module.strip("/").replace("/", ".") for module in modules}, folders


def _unpack(archive: Path, place: Path, part: str) -> None:
    """Unpack the files of an archive whose names contain `part`, unless that has been done."""
    done = place / f"done{part.strip('./')}"
    if done.exists():
        return
    with ZipFile(archive) as file:
        for info in file.infolist():
            if part in info.filename:
                _write(place / info.filename, file.read(info))
    done.touch()
    importlib.invalidate_caches()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = f"{path}.{os.getpid()}"
    with open(unfinished, "wb") as file:
        file.write(content)
    os.replace(unfinished, path)
