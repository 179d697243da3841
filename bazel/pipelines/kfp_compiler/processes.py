"""Runs work in a separate process and cleans up every process that it has started."""

import contextlib
import ctypes
import os
import select
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

# <sys/prctl.h>
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 1, 36, 38

_libc = ctypes.CDLL(None, use_errno=True)


class TimeLimitError(BaseException):
    """The work did not end in time. It is not an Exception, so that the work cannot catch it.

    Attributes:
        seconds: The time limit.
    """

    def __init__(self, seconds: float):
        super().__init__(seconds)
        self.seconds = seconds


def end_with_parent(parent: int, by: signal.Signals) -> None:
    """Have a signal end this process when `parent`, the process that forked it, ends."""
    _libc.prctl(_PR_SET_PDEATHSIG, int(by))
    if os.getppid() != parent:
        os.kill(os.getpid(), by)


def run_alone(work: Callable[[], object], seconds: float) -> int:
    """Run work in a fork; end all processes that it leaves behind, even those that left its group.

    The fork leads a session of its own. It ends when this process ends, for whatever reason.

    Args:
        work: The function to run; an exception that it raises is shown and makes the status 1.
        seconds: The time limit.

    Returns:
        The exit status of the fork; negative, as in subprocess, if a signal ended it.

    Raises:
        TimeLimitError: If it took longer.
    """
    # A process that loses its parent becomes a child of this process, and so can be found.
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1)
    parent = os.getpid()
    pid = os.fork()
    if not pid:
        _run_forked(work, parent)
    try:
        return _status(pid, seconds)
    finally:
        _end_all(pid)


def _run_forked(work: Callable[[], object], parent: int) -> None:
    """Run the work, and never return."""
    status = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        end_with_parent(parent, signal.SIGKILL)
        os.setsid()
        # The programs that it starts must not gain rights that prevent this one from ending them.
        _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        work()
        status = 0
    except BaseException:  # noqa: BLE001 - no exception may reach the code of the parent
        traceback.print_exc()
    finally:
        # The work may have closed these.
        with contextlib.suppress(Exception):
            sys.stdout.flush()
        with contextlib.suppress(Exception):
            sys.stderr.flush()
        os._exit(status)


def _status(pid: int, seconds: float) -> int:
    waiting = select.poll()
    descriptor = os.pidfd_open(pid)
    try:
        waiting.register(descriptor, select.POLLIN)
        if not waiting.poll(seconds * 1000):
            raise TimeLimitError(seconds)
    finally:
        os.close(descriptor)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def _end_all(group: int) -> None:
    """End a group and all children, including those that are adopted when their parent ends."""
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
        while _has_children() and (children := list(_children())):
            for child in children:
                os.kill(child, signal.SIGKILL)
            os.waitpid(-1, 0)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def _has_children() -> bool:
    """Reap the children that have ended, and return whether any are left."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def _children() -> Iterator[int]:
    """Yield the children of this process."""
    if os.readlink("/proc/self") != str(os.getpid()):
        return  # The processes in /proc belong to another namespace.
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                # The name of the program, in parentheses, may contain any character.
                fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
                if int(fields[1]) == os.getpid():
                    yield int(folder.name)
