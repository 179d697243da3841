"""Bazel in a scratch workspace, with its own server."""

import shutil
import subprocess
from pathlib import Path

from benchmarks.bazel_profile import Profile, phases
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

    def profile(self, command: str, *arguments: str) -> Profile:
        """Run a command, and return where its time went."""
        before, file = uses(self._server()), self.output_base / "benchmark.profile.gz"
        self.run(command, f"--profile={file}", *arguments)
        after = uses(self._server())
        used = {pid: use - before.get(pid, Use()) for pid, use in after.items()}
        server = used.pop(self._server(), Use())
        return Profile(self._phases(file), server, sum(used.values(), Use()))

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
