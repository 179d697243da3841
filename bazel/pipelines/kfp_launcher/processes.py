"""What the tasks of a run have started, and how it ends with them."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

# Seconds between two looks at what a task prints.
_LOOK = 0.1


class Running:
    """What runs at the moment.

    Attributes:
        stopping: Whether a signal has come, so that nothing more is to start.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.stopping = False
        self._ends: set[Callable[[], None]] = set()
        # A signal may come while its own thread holds it.
        self._lock = threading.RLock()

    @contextlib.contextmanager
    def signals(self) -> Iterator[None]:
        """End all that runs, by a KeyboardInterrupt, when this process is to end."""
        numbers = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
        before = {number: signal.signal(number, self._stop) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextlib.contextmanager
    def ending(self, end: Callable[[], None]) -> Iterator[None]:
        """End what a task has started, when it ends or is interrupted, and what it leaves behind."""
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
    """End a process group, if there is something left of it; a signal's handler must not wait."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


@contextlib.contextmanager
def following(log: Path) -> Iterator[None]:
    """Copy to stdout what a task prints to its log."""
    ended = threading.Event()
    thread = threading.Thread(target=_follow, args=(log, ended))
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _follow(log: Path, ended: threading.Event) -> None:
    """Copy to stdout what is printed to a file, until no more will be."""
    with log.open("r", encoding="utf-8", errors="replace") as file:
        last = False
        while not last:
            last = ended.wait(_LOOK)
            shutil.copyfileobj(file, sys.stdout)
            sys.stdout.flush()
