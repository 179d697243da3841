"""Lets a source read what is declared, although all files of the workspace are within reach.

Bazel runs a worker outside of a sandbox, and its sandboxes only forbid to write. So that no file
takes part in compiling that Bazel does not know of, and whose change it would not notice, a
compilation gives up the workspace and Bazel's folders, but for what the action names:

- Landlock, where the kernel has it, binds the process and all programs that it starts;
- an audit hook says which file is missing, in words, and holds what Python opens on other kernels;
- whether a file exists and what its times are, which neither of them hides, Python is told wrongly.

Left open is native code: it may ask for times everywhere, and open files on a kernel without
Landlock. Programs may do the same, so without Landlock none can be started.
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
    """A file of the workspace that no attribute of the target names."""


@dataclass(frozen=True)
class DeclaredFiles:
    """What a compilation may read.

    Attributes:
        label: The Bazel label of the target, for messages.
        hidden: The workspace and Bazel's folders, by their real paths.
        shown: What may be read all the same, by the real path.
        writable: What may be written all the same, by the real path.
    """

    label: str
    hidden: tuple[str, ...]
    shown: tuple[str, ...]
    writable: tuple[str, ...]

    def enforce(self) -> None:
        """Hide all else from this process and from whatever it starts."""
        if not self.hidden:
            return
        if landlock.is_available():
            landlock.restrict([*_around(self.hidden), *self.writable], self.shown)
        _Guard(self).watch()

    def hides(self, path: str) -> bool:
        """Tell whether a file is hidden, by its absolute path."""
        return _is_below(path, self.hidden) and not _is_below(path, self.shown + self.writable)

    def leads_to(self, path: str) -> bool:
        """Tell whether something that is shown is below a folder."""
        return any(shown.startswith(f"{path}/") for shown in self.shown + self.writable)


def find_workspaces(outputs: Iterable[str], repositories: Iterable[str]) -> tuple[str, ...]:
    """Return the folders in which undeclared files may be: workspaces, and Bazel's output base.

    Args:
        outputs: Files that Bazel made, by their real paths; one is enough.
        repositories: Names of the repositories that declared files are from.
    """
    base = next(filter(None, map(_output_base, outputs)), None)
    if not base:
        return ()
    workspace = (base / _WORKSPACE).read_text(encoding="utf-8").strip()
    folders = [str(base), workspace, *(f"{base}/external/{name}" for name in repositories)]
    return tuple({os.path.realpath(folder) for folder in folders})


@functools.cache
def _output_base(output: str) -> Path | None:
    """Return the outermost folder with the path of a workspace, since an inner one has it too."""
    bases = [base for base in Path(output).parents if (base / _WORKSPACE).is_file()]
    return bases[-1] if bases else None


@functools.cache
def find_interpreter() -> frozenset[str]:
    """Return the folders of this interpreter and of this program, by their real paths."""
    folders = [sys.prefix, sys.base_prefix]
    # In Bazel's runfiles a folder is not a link, but the files in it are.
    for file in (os.__file__, __file__):
        folders.extend([os.path.dirname(file), os.path.dirname(os.path.realpath(file))])
    folders.append(f"{os.path.realpath(sys.executable)}/../..")
    return frozenset(os.path.realpath(folder) for folder in folders)


def _is_below(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)


def _around(hidden: tuple[str, ...]) -> Iterator[str]:
    """Yield what there is outside of folders, each with all that is below it."""
    ancestors = {str(folder) for path in hidden for folder in Path(path).parents}
    excepted = ancestors.union(hidden)
    for folder in sorted(path for path in ancestors if not _is_below(path, hidden)):
        # What may not be listed is given up as a whole.
        with suppress(PermissionError):
            for entry in os.scandir(folder):
                # What a link leads to has rights of its own.
                if not entry.is_symlink() and entry.path not in excepted:
                    yield entry.path


class _Guard:
    """Watches what Python opens and looks at."""

    def __init__(self, files: DeclaredFiles):
        self._files = files
        self._resolving = False

    def watch(self) -> None:
        """Begin; there is no end."""
        for name in ("stat", "lstat", "readlink"):
            self._replace(name, self._not_found)
        self._replace("access", lambda path: False)
        sys.addaudithook(self._audit)

    def _replace(self, name: str, answer: Callable[[str], object]) -> None:
        """Let a function of `os` give another answer for what is hidden."""
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
        """Tell whether a path leads to something hidden.

        Args:
            path: What somebody wants to look at; what is no path is not hidden.
            folders_are: Whether those are hidden too that lead to something that is not.
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
            return ""  # No path at all, as whoever is asked for it next will say.
        finally:
            self._resolving = False

    def _not_found(self, path: str) -> None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)

    def _refuse(self, path: str) -> None:
        """Say which file is not declared, if it is there at all."""
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
