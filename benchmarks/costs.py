"""The cost of running a program: wall time and processor time."""

import os
import resource
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_SHOWN_CHARACTERS = 4000
# Fields of /proc/PID/stat, counted after the program's name: parent; page faults without I/O, user and
# system time, each of the process itself and of children that have been waited for.
_PARENT, _FAULTS, _USER, _SYSTEM = 1, slice(7, 9), slice(11, 15, 2), slice(12, 15, 2)


@dataclass(frozen=True)
class Cost:
    """The cost of one run.

    Attributes:
        value: The value that is compared: wall time in seconds, or bytes.
        cpu: Processor time of all processes in seconds; None if there is none.
        peak: Largest resident memory in bytes; None if it was not measured.
    """

    value: float
    cpu: float | None = None
    peak: int | None = None


def run(
    command: Sequence[str | os.PathLike[str]],
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    server: Callable[[], int | None] = lambda: None,
    accepted: Sequence[int] = (0,),
) -> Cost:
    """Run a command and return its cost.

    Args:
        command: The command; its output is used only in the error message.
        cwd: Folder to run it in.
        env: Its environment; None means that of this process without the launcher's variables for
            Python.
        server: Returns another process that does part of the command's work, if there is one.
        accepted: Exit statuses that are not errors.

    Raises:
        RuntimeError: If it ends with another status.
    """
    before = _spent(server())
    start = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=cwd,
        env=plain_environment() if env is None else env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    if process.returncode not in accepted:
        shown = " ".join(map(str, command))[:400]
        raise RuntimeError(
            f"command must end with {list(accepted)}, got {process.returncode} of: {shown}\n"
            f"{output[-_SHOWN_CHARACTERS:]}"
        )
    return Cost(wall, usage.ru_utime + usage.ru_stime + _spent(server()) - before)


def plain_environment() -> dict[str, str]:
    """Return the environment of this process without the launcher's variables for Python."""
    launcher = ("PYTHON", "RUNFILES_", "JAVA_RUNFILES")
    return {name: value for name, value in os.environ.items() if not name.startswith(launcher)}


def _spent(root: int | None) -> float:
    """Return the processor time of a process and all its descendants."""
    return sum(use.user + use.system for use in uses(root).values())


@dataclass(frozen=True)
class Use:
    """What a process and the children that it has waited for have used so far.

    Attributes:
        user: Processor time in programs, in seconds.
        system: Processor time in the kernel, in seconds.
        faults: Page faults that needed no I/O.
    """

    user: float = 0.0
    system: float = 0.0
    faults: int = 0

    def __add__(self, other: "Use") -> "Use":
        """Return what two processes have used together."""
        return Use(self.user + other.user, self.system + other.system, self.faults + other.faults)

    def __sub__(self, earlier: "Use") -> "Use":
        """Return what the process has used since then."""
        return Use(
            self.user - earlier.user, self.system - earlier.system, self.faults - earlier.faults
        )


def uses(root: int | None) -> dict[int, Use]:
    """Return what a process and all its descendants have used so far, by process ID."""
    found, parents = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat") if root is not None else ():
        try:
            fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # It has ended in the meantime.
        pid = int(stat.parent.name)
        parents[pid] = int(fields[_PARENT])
        user, system, faults = (sum(map(int, fields[which])) for which in (_USER, _SYSTEM, _FAULTS))
        found[pid] = Use(user / _TICKS, system / _TICKS, faults)
    return {pid: use for pid, use in found.items() if _descends(pid, root, parents)}


def _descends(pid: int, root: int, parents: Mapping[int, int]) -> bool:
    while pid and pid != root:
        pid = parents.get(pid, 0)
    return pid == root


def take_turns(
    ways: Mapping[str, Callable[[], Cost]],
    rounds: int | Mapping[str, int],
    say: Callable[[str], None],
) -> dict[str, list[Cost]]:
    """Measure each way once per round, in turns, so that a busy machine affects all of them.

    Args:
        ways: Functions that run one of them, by name.
        rounds: How often each is run; an expensive one takes part only in the first rounds.
        say: Shows progress.
    """
    counts = dict.fromkeys(ways, rounds) if isinstance(rounds, int) else rounds
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    for number in range(max(counts.values())):
        for name, way in ways.items():
            if number < counts[name]:
                costs[name].append(way())
                say(f"round {number + 1}: {name} {costs[name][-1].value:.3g}")
    return costs


def cost_of(work: Callable[[], object]) -> Cost:
    """Return the cost of a call; its processor time is that of the children that it waits for."""
    before = _children()
    start = time.perf_counter()
    work()
    wall = time.perf_counter() - start
    return Cost(wall, _children() - before)


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
