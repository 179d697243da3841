"""Bazel in a scratch workspace, with its own server."""

import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.costs import Cost, Use, run, uses

# offline/bazel runs Bazel in bubblewrap; there `bazel` is on PATH, and needs no second toolbox.
_TOOLBOX = Path("/etc/bazel/toolbox")
_FLAGS = [
    "--disk_cache=",
    "--color=no",
    "--curses=no",
    # The user's workspace, whose rules and stand-ins are used, may be in /tmp.
    "--sandbox_add_mount_pair=/tmp",
]


class Bazel:
    """Runs commands and returns their costs, including those of the server."""

    def __init__(self, workspace: Path, output_base: Path, bazelw: Path):
        """Prepare, without running anything.

        Args:
            workspace: The folder in which commands run.
            output_base: The folder in which the server stores everything.
            bazelw: The script that finds Bazel.
        """
        self.workspace = workspace
        self.output_base = output_base
        found = shutil.which("bazel") if _TOOLBOX.exists() else None
        self._start = [found or str(bazelw), f"--output_base={output_base}"]

    def run(self, command: str, *arguments: str, accepted: tuple[int, ...] = (0,)) -> Cost:
        """Run a command, such as `build`, with its arguments."""
        line = [*self._start, command, *_FLAGS, *arguments]
        return run(line, cwd=self.workspace, server=self._server, accepted=accepted)

    def profile(self, command: str, *arguments: str) -> "Profile":
        """Run a command, and return where its time went."""
        before, file = uses(self._server()), self.output_base / "benchmark.profile.gz"
        self.run(command, f"--profile={file}", *arguments)
        after = uses(self._server())
        used = {pid: _difference(after[pid], before.get(pid, Use())) for pid in after}
        server = used.pop(self._server(), Use())
        return Profile(self._phases(file), server, _sum(used.values()))

    def _phases(self, file: Path) -> dict[str, float]:
        shown = subprocess.run(
            [*self._start, "analyze-profile", str(file)],
            cwd=self.workspace,
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ).stdout
        return phases(shown)

    def shutdown(self) -> None:
        """Stop the server."""
        if self._server() is not None:
            run([*self._start, "shutdown"], cwd=self.workspace)

    def _server(self) -> int | None:
        file = self.output_base / "server/server.pid.txt"
        if not file.exists():
            return None
        pid = int(file.read_text(encoding="utf-8"))
        return pid if Path(f"/proc/{pid}").exists() else None


@dataclass(frozen=True)
class Profile:
    """Where the time of a command went.

    Attributes:
        phases: Seconds of each phase of the command, the longest first.
        server: What Bazel's server used.
        workers: What the programs that it had started used, including those that still run.
    """

    phases: dict[str, float]
    server: Use
    workers: Use

    def __str__(self) -> str:
        """The phases as a sentence for a report."""
        total = sum(self.phases.values())
        shown = [f"{name} {seconds:.2g} s" for name, seconds in self.phases.items()]
        return f"of {total:.2g} s in Bazel's own profile: {', '.join(shown[:3])}."


def phases(analysis: str) -> dict[str, float]:
    """Return the seconds of each phase, the longest first, from the output of `analyze-profile`."""
    found = re.findall(r"^Total (.+) phase time +([\d.]+) s", analysis, re.MULTILINE)
    if not found:
        raise ValueError(f"bazel analyze-profile must list phases, got {analysis!r}.")
    return dict(sorted(((name, float(s)) for name, s in found), key=lambda pair: -pair[1]))


def _difference(later: Use, earlier: Use) -> Use:
    return Use(
        later.user - earlier.user, later.system - earlier.system, later.faults - earlier.faults
    )


def _sum(used: Iterable[Use]) -> Use:
    user, system, faults = 0.0, 0.0, 0
    for use in used:
        user, system, faults = user + use.user, system + use.system, faults + use.faults
    return Use(user, system, faults)
