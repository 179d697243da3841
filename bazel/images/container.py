"""Runs a command in an unpacked image as a pod would, with Linux namespaces instead of an engine.

This does not need root. The command sees the image's files read-only, /tmp, the mounts, the given
environment, and the network only if it is enabled. It has no capabilities. Such a namespace has
only one user, which also owns the files, so `as_group_sees` gives this owner the rights of a pod's
group 0.
"""

import contextlib
import ctypes
import dataclasses
import functools
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

# <sys/mount.h>; except for one, statvfs has the same values for the flags that a remount repeats.
_RDONLY, _REMOUNT, _BIND, _REC, _PRIVATE, _RELATIME = 1, 1 << 5, 1 << 12, 1 << 14, 1 << 18, 1 << 21
_KEPT = 2 | 4 | 8 | 1024 | 2048
_NO_NEW_PRIVS = 38
_DEVICES = ("full", "null", "random", "urandom", "zero")
_SETUP_FAILED = 125

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def _mount(source: str, target: Path | str, kind: str | None, flags: int) -> None:
    encoded = [source.encode(), os.fsencode(target), kind.encode() if kind else None]
    _check(_libc.mount(*encoded, ctypes.c_ulong(flags), None), f"mount {source} on {target}")


def _read_only(target: Path) -> None:
    kept = os.statvfs(target).f_flag & _KEPT
    _mount("none", target, None, _REMOUNT | _BIND | _RDONLY | _RELATIME | kept)


def as_group_sees(root: Path) -> None:
    """Give the owner of every file below `root` the rights of the file's group."""
    for folder, _, files in os.walk(root, topdown=False):
        for path in [*(os.path.join(folder, name) for name in files), folder]:
            if not os.path.islink(path):
                mode = os.stat(path).st_mode & 0o7777
                os.chmod(path, mode & ~0o700 | (mode & 0o070) << 3)


def _or_say_why(*steps: Callable[[], None]) -> None:
    """Run the steps in a forked child; if one is refused, end the child with advice on stderr."""
    try:
        for step in steps:
            step()
    except OSError as error:
        print(
            f"container: this machine must allow user namespaces, got {error}. As root: "
            "sysctl kernel.unprivileged_userns_clone=1 "
            "kernel.apparmor_restrict_unprivileged_userns=0",
            file=sys.stderr,
            flush=True,
        )
        os._exit(_SETUP_FAILED)


def make_mount_point(root: Path, path: str, source: Path) -> None:
    """Create a file or folder at the absolute `path` in an unpacked image as a mount point."""
    point = root / path.lstrip("/")
    if not point.resolve().is_relative_to(root.resolve()):
        raise ValueError(f"{path} must be inside the image, but a link leads to {point.resolve()}.")
    if point.exists():
        return
    with _writable(next(parent for parent in point.parents if parent.exists())):
        point.parent.mkdir(parents=True, exist_ok=True)
        point.mkdir(exist_ok=True) if source.is_dir() else point.touch()


@contextlib.contextmanager
def _writable(folder: Path) -> Iterator[None]:
    """Let the owner write to a folder although as_group_sees may have removed this right."""
    mode = folder.stat().st_mode
    folder.chmod(mode | stat.S_IRWXU)
    try:
        yield
    finally:
        folder.chmod(mode)


@dataclasses.dataclass(frozen=True)
class Container:
    """A way to run commands in an unpacked image.

    Attributes:
        root: Folder with the image's files.
        tmp: Folder that the command sees as /tmp, the only one in the image it can write to.
        environment: The complete environment.
        uid: User that the command runs as.
        gid: Group that the command runs as.
        workdir: Folder that the command starts in.
        mounts: Files and folders of this machine by the absolute path at which the command sees
            them.
        read_only: The mounts that it cannot write to.
        network: Whether it can use this machine's network; otherwise it has no network.
    """

    root: Path
    tmp: Path
    environment: Mapping[str, str]
    uid: int = 12345
    gid: int = 0
    workdir: str = "/tmp"
    mounts: Mapping[str, Path] = dataclasses.field(default_factory=dict)
    read_only: Collection[str] = ()
    network: bool = False

    def run(self, command: list[str], **kwargs) -> subprocess.CompletedProcess:
        """Run the command and wait for its end; further arguments go to subprocess.run.

        Raises:
            FileNotFoundError: If the image has no such program.
        """
        for path, source in self.mounts.items():
            if path.startswith("/tmp/"):
                make_mount_point(self.tmp, path.removeprefix("/tmp"), source)
            else:
                make_mount_point(self.root, path, source)
        return subprocess.run(command, env=self.environment, preexec_fn=self._enter, **kwargs)

    def check(self) -> bool:
        """Return whether this machine allows it; if not, print on stderr how to allow it."""
        enter = functools.partial(_or_say_why, self._unshare)
        return subprocess.run([sys.executable, "-c", ""], preexec_fn=enter).returncode == 0

    def _enter(self) -> None:
        _or_say_why(self._unshare, self._mount_all, self._change_root)

    def _change_root(self) -> None:
        os.chroot(self.root)
        os.chdir(self.workdir)
        _check(_libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")

    def _unshare(self) -> None:
        uid, gid = os.getuid(), os.getgid()
        namespaces = os.CLONE_NEWUSER | os.CLONE_NEWNS | os.CLONE_NEWIPC | os.CLONE_NEWUTS
        os.unshare(namespaces if self.network else namespaces | os.CLONE_NEWNET)
        # With these maps the process becomes the user; it loses its present capabilities on exec.
        Path("/proc/self/setgroups").write_text("deny", encoding="utf-8")
        Path("/proc/self/uid_map").write_text(f"{self.uid} {uid} 1", encoding="utf-8")
        Path("/proc/self/gid_map").write_text(f"{self.gid} {gid} 1", encoding="utf-8")

    def _mount_all(self) -> None:
        _mount("none", "/", None, _REC | _PRIVATE)
        _mount(str(self.root), self.root, None, _BIND | _REC)
        _mount("/proc", self.root / "proc", None, _BIND | _REC)
        _mount("tmpfs", self.root / "dev", "tmpfs", 0)
        for name in _DEVICES:
            (self.root / "dev" / name).touch()
            _mount(f"/dev/{name}", self.root / "dev" / name, None, _BIND)
        # Outer mounts come first, since a mount hides everything that was mounted below it before.
        for path, source in [("/tmp", self.tmp), *sorted(self.mounts.items())]:
            point = self.root / path.lstrip("/")
            _mount(str(source), point, None, _BIND | _REC)
            if path in self.read_only:
                _read_only(point)
        _read_only(self.root / "dev")
        _read_only(self.root)
