"""What the suites of a run share: scratch folder, progress, and a copy of the workspace."""

import functools
import os
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

from benchmarks.bazel import Bazel

_NOT_COPIED = shutil.ignore_patterns("bazel-*", ".git", ".venv", "local_outputs", "__pycache__")


@dataclass(frozen=True)
class Session:
    """One run.

    Attributes:
        workspace: The user's workspace, which is only read.
        scratch: Folder for all other files; it is removed at the end.
        quick: Whether to show only that everything works, instead of measuring well.
        stack: Cleanup for the end of the session.
    """

    workspace: Path
    scratch: Path
    quick: bool
    stack: ExitStack
    _begin: float = field(default_factory=time.monotonic)

    def say(self, text: str) -> None:
        """Show progress."""
        print(f"[{time.monotonic() - self._begin:4.0f} s] {text}", file=sys.stderr, flush=True)

    def rounds(self, full: int) -> int:
        """Return how many rounds to measure."""
        return min(full, 2) if self.quick else full

    def folder(self, name: str) -> Path:
        """Make a new folder in the scratch folder."""
        return Path(mkdtemp(prefix=f"{name}.", dir=self.scratch))

    @functools.cached_property
    def copy(self) -> Path:
        """A copy of the workspace, for edits."""
        target = self.scratch / "workspace"
        shutil.copytree(self.workspace, target, symlinks=True, ignore=_NOT_COPIED)
        return target

    @functools.cached_property
    def bazel(self) -> Bazel:
        """Bazel for the copy, with its own server and output base, and without a disk cache."""
        return self.server(self.copy)

    def server(self, workspace: Path) -> Bazel:
        """Return Bazel for another workspace; its server ends with the session."""
        bazel = Bazel(workspace, self.folder("output_base"), self.workspace / "bazelw")
        self.stack.callback(bazel.shutdown)
        return bazel


@contextmanager
def session(quick: bool) -> Iterator[Session]:
    """Provide a session; stop its servers and remove its files at the end."""
    # Not in /tmp, which may be in memory.
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kfp-component-lib"
    cache.mkdir(parents=True, exist_ok=True)
    scratch = Path(mkdtemp(prefix="benchmarks.", dir=cache))
    try:
        with ExitStack() as stack:
            yield Session(Path(os.environ["BUILD_WORKSPACE_DIRECTORY"]), scratch, quick, stack)
    finally:
        remove(scratch)


def remove(folder: Path) -> None:
    """Remove a folder, including what Bazel and pip made read-only."""

    def retry(function, path, _error):
        for place in (os.path.dirname(path), path):
            if not os.path.islink(place):
                os.chmod(place, os.stat(place).st_mode | stat.S_IRWXU)
        function(path)

    shutil.rmtree(folder, onexc=retry)


def runfile(variable: str) -> Path:
    """Return the file that an environment variable of the target names, as an absolute path."""
    return Path(os.environ[variable]).absolute()
