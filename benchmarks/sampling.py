"""Where a process spends its processor time, and reaches its largest memory, by sampling."""

import os
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from benchmarks.data_process import processor_time, resident

# How often to look, and how soon a thread that runs Python must let the sampler do so, in seconds.
_INTERVAL, _SWITCH_INTERVAL = 0.002, 0.0005
# What threads without Python are called: the imports start those of NumPy, later ones are Arrow's.
_EARLY, _LATE = "NumPy's own threads", "Arrow's own threads"
# A thread that is in them waits: what it spent was spent before, in the function that it was in then.
_WAITING = ("concurrent.futures._base", "concurrent.futures.thread", "threading")
# Smaller shares do not help the reader.
_LEAST_SHARE = 0.05


@dataclass
class Profile:
    """Where a piece of work spent its processor time.

    Attributes:
        seconds: Processor time of all its threads.
        spent: Seconds by `MODULE:FUNCTION`, or by the name of threads without Python.
        before: Resident memory in bytes before the work.
        largest: Largest resident memory in bytes that was seen.
        where: The function in which the main thread was then.
    """

    seconds: float = 0.0
    spent: dict[str, float] = field(default_factory=dict)
    before: int = 0
    largest: int = 0
    where: str = ""

    def time_in_words(self) -> str:
        """Return the largest shares of the processor time, by module, as a sentence."""
        modules: defaultdict[str, float] = defaultdict(float)
        for name, spent in self.spent.items():
            modules[name.partition(":")[0]] += spent
        ordered = sorted(modules, key=lambda name: -modules[name])
        shown = [name for name in ordered if self._is_large(modules[name])]
        parts = [f"{self._module_in_words(name)} {self._share(modules[name])}" for name in shown]
        rest = self.seconds - sum(modules[name] for name in shown)
        parts.append(f"all else {self._share(rest)}")
        return f"of {self.seconds:.3g} s of processor time: {', '.join(parts)}."

    def _module_in_words(self, module: str) -> str:
        """Return a module with its functions that have large shares, the largest first."""
        inside = {name: s for name, s in self.spent.items() if name.startswith(f"{module}:")}
        large = sorted((n for n, s in inside.items() if self._is_large(s)), key=inside.__getitem__)
        functions = ", ".join(f"`{name.partition(':')[2]}`" for name in reversed(large))
        shown = f"`{module}`" if inside else module
        return f"{shown} ({functions})" if functions else shown

    def _is_large(self, spent: float) -> bool:
        return spent >= _LEAST_SHARE * self.seconds

    def _share(self, spent: float) -> str:
        return f"{max(spent, 0) / self.seconds:.0%}"

    def memory_in_words(self) -> str:
        """Return where the memory was largest as a sentence."""
        before, largest = (f"{size / 1e6:.0f} MB" for size in (self.before, self.largest))
        return f"{before} before the work begins; the most, {largest}, in `{self.where.replace(':', '.')}`."


def profile(work: Callable[[], object], package: str) -> Profile:
    """Do some work, and return where its processor time was spent.

    A profiler of Python's calls sees neither what runs besides the thread that it watches, nor in
    which thread the time passes. So another thread looks at all threads every two milliseconds, and
    adds the processor time that each has spent since to the function that it is in now.

    Args:
        work: The work.
        package: The package whose innermost function is named; for a thread that is in none of
            its functions, it is the innermost function of any.
    """
    sampler, switch = _Sampler(package), sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_INTERVAL)
    try:
        return sampler.observe(work)
    finally:
        sys.setswitchinterval(switch)


class _Sampler:
    """Looks at all threads of this process but its own."""

    def __init__(self, package: str) -> None:
        self._package = package
        self._done = threading.Event()
        self._spent: defaultdict[str, float] = defaultdict(float)
        self._profile = Profile(before=resident())
        self._clocks = dict(_clocks())
        self._early = set(self._clocks)
        self._last: dict[int, str] = {}

    def observe(self, work: Callable[[], object]) -> Profile:
        """Do the work while another thread samples."""
        thread, start = threading.Thread(target=self._run), processor_time()
        thread.start()
        try:
            work()
        finally:
            self._done.set()
            thread.join()
        own = self._clocks[thread.native_id]
        self._profile.seconds = processor_time() - start - own
        self._profile.spent = dict(self._spent)
        return self._profile

    def _run(self) -> None:
        while not self._done.wait(_INTERVAL):
            names = self._names()
            self._add_times(names)
            self._add_memory(names[os.getpid()])
        self._add_times(self._names())

    def _names(self) -> dict[int, str]:
        """Return where each other thread of Python is, by its number in the kernel."""
        frames = sys._current_frames()
        # The frame of this function would keep all the others, and their arrays, in a cycle.
        del frames[threading.get_ident()]
        for thread in threading.enumerate():
            frame, known = frames.get(thread.ident), self._last.get(thread.native_id)
            if frame and not (known and _module(frame) in _WAITING):
                self._last[thread.native_id] = _name(frame, self._package)
        return self._last

    def _add_times(self, names: Mapping[int, str]) -> None:
        for thread, clock in _clocks():
            spent = clock - self._clocks.get(thread, 0.0)
            self._clocks[thread] = clock
            if spent and thread != threading.get_native_id():
                outside = _EARLY if thread in self._early else _LATE
                self._spent[names.get(thread, outside)] += spent

    def _add_memory(self, where: str) -> None:
        size = resident()
        if size > self._profile.largest:
            self._profile.largest, self._profile.where = size, where


def _clocks() -> list[tuple[int, float]]:
    """Return all threads of this process with their processor times in seconds."""
    found = []
    for task in Path("/proc/self/task").iterdir():
        try:
            nanoseconds = (task / "schedstat").read_text(encoding="utf-8").split()[0]
        except (FileNotFoundError, ProcessLookupError):
            continue  # It has ended in the meantime.
        found.append((int(task.name), int(nanoseconds) / 1e9))
    return found


def _name(innermost: FrameType, package: str) -> str:
    frame: FrameType | None = innermost
    while frame and not _module(frame).startswith(f"{package}."):
        frame = frame.f_back
    found = frame or innermost
    return f"{_module(found).removeprefix(f'{package}.')}:{found.f_code.co_qualname}"


def _module(frame: FrameType) -> str:
    return frame.f_globals.get("__name__", "")
