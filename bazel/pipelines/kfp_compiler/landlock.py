"""Landlock, with which a process gives up file access for itself and the programs it starts.

Source: https://docs.kernel.org/userspace-api/landlock.html
"""

import contextlib
import ctypes
import functools
import os
import struct
from collections.abc import Iterable

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION, _PATH_BENEATH = 1, 1
_PR_SET_NO_NEW_PRIVS = 38

# <linux/landlock.h>, in the order of the bits.
_RIGHTS = (
    "execute write_file read_file read_dir remove_dir remove_file make_char make_dir make_reg "
    "make_sock make_fifo make_block make_sym refer truncate"
).split()
_BITS = {right: 1 << bit for bit, right in enumerate(_RIGHTS)}
_OF_FILES = _BITS["execute"] | _BITS["write_file"] | _BITS["read_file"] | _BITS["truncate"]
_READING = _BITS["execute"] | _BITS["read_file"] | _BITS["read_dir"]

_libc = ctypes.CDLL(None, use_errno=True)


@functools.cache
def _version() -> int:
    """Return the kernel's version of Landlock, or 0 if Landlock is missing or disabled."""
    return max(0, _libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION))


def is_available() -> bool:
    """Return whether the kernel has Landlock."""
    return _version() > 0


def restrict(writable: Iterable[str], readable: Iterable[str]) -> None:
    """Give up the right to read and write anything that is not below one of the given paths.

    A path that does not exist, or that cannot be opened, grants no right.

    Args:
        writable: Paths that may be read, written and executed.
        readable: Paths that may be read and executed.

    Raises:
        OSError: If the kernel refuses.
    """
    # Version 2 added `refer`, without which files cannot be moved, and version 3 `truncate`.
    known = _RIGHTS[: 12 + min(_version(), 3)]
    handled = sum(_BITS[right] for right in known)
    attributes = struct.pack("<Q", handled)
    rules = _check(_libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(8), 0))
    try:
        for path in writable:
            _add(rules, path, handled)
        for path in readable:
            _add(rules, path, _READING)
        _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        _check(_libc.syscall(_RESTRICT_SELF, rules, 0))
    finally:
        os.close(rules)


def _add(rules: int, path: str, rights: int) -> None:
    with contextlib.suppress(FileNotFoundError, PermissionError):
        place = os.open(path, os.O_PATH)
        try:
            if not os.path.isdir(path):
                rights &= _OF_FILES
            # struct landlock_path_beneath_attr is packed.
            rule = struct.pack("<Qi", rights, place)
            _check(_libc.syscall(_ADD_RULE, rules, _PATH_BENEATH, rule, 0))
        finally:
            os.close(place)


def _check(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"Landlock: {os.strerror(code)}")
    return result
