"""Restricts a source to its declared files, although the whole workspace is accessible.

Bazel runs a worker outside a sandbox, and its sandboxes only prevent writing. An undeclared file
must not influence the result, since Bazel would not notice when it changes. A compilation
therefore gives up its access to the workspace and to Bazel's folders, except for the files that
the action names:

- Landlock, if the kernel has it, restricts the process and all programs that it starts.
- An audit hook reports which file is missing in a readable message. On kernels without Landlock it
  also blocks the files that Python opens.
- Neither of them hides whether a file exists or what its times are, so the functions of `os` that
  report this are replaced.

Native code is not covered completely: it can read the times of any file, and on a kernel without
Landlock it can open files. Other programs could do the same, so without Landlock a source may not
start any.
"""

import errno
import functools
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kfp_compiler import landlock

# A file in Bazel's output base that holds the path of the workspace.
_WORKSPACE = "DO_NOT_BUILD_HERE"

# Audited events of the standard library, with the arguments that are paths.
_PATHS = {
    "ctypes.dlopen": (0,),
    "open": (0,),
    "os.chdir": (0,),
    "os.chmod": (0,),
    "os.link": (0, 1),
    "os.listdir": (0,),
    "os.mkdir": (0,),
    "os.remove": (0,),
    "os.rename": (0, 1),
    "os.rmdir": (0,),
    "os.scandir": (0,),
    "os.symlink": (1,),
    "os.truncate": (0,),
    "os.utime": (0,),
    "sqlite3.connect": (0,),
}
_lstat = os.lstat
_PROGRAMS = {"os.exec", "os.posix_spawn", "os.system", "subprocess.Popen"}


class UndeclaredFileError(FileNotFoundError):
    """A source has read a file of the workspace that no attribute of its target names."""


@dataclass(frozen=True)
class DeclaredFiles:
    """The files that a compilation may read.

    Attributes:
        label: The Bazel label of the target, for messages.
        hidden: The real paths of the workspace and of Bazel's folders.
        shown: The real paths of what may be read nevertheless.
        writable: The real paths of what may be written nevertheless.
    """

    label: str
    hidden: tuple[str, ...]
    shown: tuple[str, ...]
    writable: tuple[str, ...]

    def enforce(self) -> None:
        """Hide everything else from this process and from the programs that it starts."""
        if not self.hidden:
            return
        if landlock.is_available():
            landlock.restrict([*_around(self.hidden), *self.writable], self.shown)
        _Guard(self).watch()

    def hides(self, path: str) -> bool:
        """Return whether the file with an absolute path is hidden."""
        return _is_below(path, self.hidden) and not _is_below(path, self.shown + self.writable)

    def leads_to(self, path: str) -> bool:
        """Return whether a folder contains something that is shown."""
        return any(shown.startswith(f"{path}/") for shown in self.shown + self.writable)


def find_workspaces(outputs: Iterable[str], repositories: Iterable[str]) -> tuple[str, ...]:
    """Return the folders in which undeclared files may be: workspaces, and Bazel's output base.

    Args:
        outputs: The real paths of files that Bazel has made; one is enough.
        repositories: The names of the repositories that contain the declared files.
    """
    base = next(filter(None, map(_output_base, outputs)), None)
    if not base:
        return ()
    workspace = (base / _WORKSPACE).read_text(encoding="utf-8").strip()
    folders = [str(base), workspace, *(f"{base}/external/{name}" for name in repositories)]
    return tuple({os.path.realpath(folder) for folder in folders})


@functools.cache
def _output_base(output: str) -> Path | None:
    """Return the outermost folder that records a workspace's path, which inner ones do as well."""
    bases = [base for base in Path(output).parents if (base / _WORKSPACE).is_file()]
    return bases[-1] if bases else None


@functools.cache
def find_interpreter() -> frozenset[str]:
    """Return the real paths of the folders of this interpreter and of this program."""
    folders = [sys.prefix, sys.base_prefix]
    # In Bazel's runfiles folders are not links, but the files in them are.
    for file in (os.__file__, __file__):
        folders.extend([os.path.dirname(file), os.path.dirname(os.path.realpath(file))])
    folders.append(f"{os.path.realpath(sys.executable)}/../..")
    return frozenset(os.path.realpath(folder) for folder in folders)


def _is_below(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)


def _around(hidden: tuple[str, ...]) -> Iterator[str]:
    """Yield the paths that together cover everything outside the given folders."""
    ancestors = {str(folder) for path in hidden for folder in Path(path).parents}
    excepted = ancestors.union(hidden)
    for folder in sorted(path for path in ancestors if not _is_below(path, hidden)):
        # A folder that cannot be listed is given up as a whole.
        with suppress(PermissionError):
            for entry in os.scandir(folder):
                # Access to the target of a link is granted or refused separately.
                if not entry.is_symlink() and entry.path not in excepted:
                    yield entry.path


class _Guard:
    """Watches which files Python opens and inspects."""

    def __init__(self, files: DeclaredFiles):
        self._files = files
        self._resolving = False

    def watch(self) -> None:
        """Start to watch, for the rest of the process."""
        for name in ("stat", "lstat", "readlink"):
            self._replace(name, self._not_found)
        self._replace("access", lambda path: False)
        sys.addaudithook(self._audit)

    def _replace(self, name: str, answer: Callable[[str], object]) -> None:
        """Replace a function of `os` by one that does not reveal hidden files."""
        look = getattr(os, name)

        def look_at_declared(path, *args, **kwargs):
            if kwargs.get("dir_fd") is None and self._hidden(path, folders_are=False):
                return answer(path)
            return look(path, *args, **kwargs)

        for supporting in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks):
            if look in supporting:
                supporting.add(look_at_declared)
        setattr(os, name, look_at_declared)

    def _audit(self, event: str, arguments: tuple) -> None:
        for position in _PATHS.get(event, ()):
            if self._hidden(arguments[position], folders_are=True):
                self._refuse(os.fsdecode(arguments[position]))
        if event in _PROGRAMS and not landlock.is_available():
            raise PermissionError(
                f"{self._files.label} must start no program while it is compiled, since this "
                f"machine's kernel has no Landlock to hide undeclared files from it; got "
                f"{arguments[0]!r}."
            )

    def _hidden(self, path: object, *, folders_are: bool) -> bool:
        """Return whether a path leads to something hidden.

        Args:
            path: The path to inspect; a value that is not a path counts as not hidden.
            folders_are: Whether the folders that contain something shown count as hidden, too.
        """
        if self._resolving or not isinstance(path, str | bytes | os.PathLike):
            return False
        real = self._resolve(path)
        return self._files.hides(real) and (folders_are or not self._files.leads_to(real))

    def _resolve(self, path: str | bytes | os.PathLike) -> str:
        self._resolving = True
        try:
            return os.path.realpath(os.fsdecode(path))
        except ValueError:
            return ""  # It is not a path, which the next function will report.
        finally:
            self._resolving = False

    def _not_found(self, path: str) -> None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)

    def _refuse(self, path: str) -> None:
        """Report that a file is not declared, if it exists at all."""
        real = self._resolve(path)
        try:
            _lstat(real)
        except OSError:
            return
        folder = next(folder for folder in self._files.hidden if _is_below(real, [folder]))
        raise UndeclaredFileError(
            f"data of {self._files.label} must name every file that is read while it is compiled, "
            f"got {real.removeprefix(f'{folder}/')!r}, which is not there. Add the file to data, "
            f"or to the data of the library that reads it."
        )
