"""The processes and containers of a run's tasks, which end when the run ends."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

# Seconds between two checks for new output of a task.
_LOOK = 0.1


class Running:
    """The processes and containers that are running at the moment.

    Attributes:
        stopping: Whether a signal has arrived, so that nothing more may start.
    """

    def __init__(self) -> None:
        """Start with nothing running."""
        self.stopping = False
        self._ends: set[Callable[[], None]] = set()
        # A signal may arrive while its own thread holds the lock.
        self._lock = threading.RLock()

    @contextlib.contextmanager
    def signals(self) -> Iterator[None]:
        """End everything that is running, and raise KeyboardInterrupt, when a signal arrives."""
        numbers = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
        before = {number: signal.signal(number, self._stop) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextlib.contextmanager
    def ending(self, end: Callable[[], None]) -> Iterator[None]:
        """End everything that a task has started when the task ends or is interrupted."""
        with self._lock:
            self._ends.add(end)
        try:
            if self.stopping:
                end()
            yield
        finally:
            with self._lock:
                self._ends.discard(end)
            end()

    def _stop(self, number: int, frame: object) -> None:
        with self._lock:
            self.stopping = True
            for end in self._ends:
                end()
        raise KeyboardInterrupt


def kill(process: subprocess.Popen) -> None:
    """End a process group if any of it is left; a signal handler must not wait for its end."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


@contextlib.contextmanager
def following(log: Path) -> Iterator[None]:
    """Copy a task's log to stdout while the task writes it."""
    ended = threading.Event()
    thread = threading.Thread(target=_follow, args=(log, ended))
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _follow(log: Path, ended: threading.Event) -> None:
    """Copy a growing file to stdout until it is complete."""
    with log.open("r", encoding="utf-8", errors="replace") as file:
        last = False
        while not last:
            last = ended.wait(_LOOK)
            shutil.copyfileobj(file, sys.stdout)
            sys.stdout.flush()
