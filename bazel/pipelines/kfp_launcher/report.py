"""What a user sees of a run: a line a task, the outputs, and why it failed."""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from kfp_launcher import failures
from kfp_launcher.records import LOG, Artifact, Run, Task
from kfp_launcher.values import user_directory

METRICS = "system.Metrics"
# A value may be as long as a task likes; index.html has all of it.
_WIDTH = 80
_HEAD = ("task", "artifact", "type", "path")


class Report:
    """What is printed of a run."""

    def __init__(self, label: str, run: Run):
        """Speak of a run of the target `label`."""
        self._label, self._run = label, run
        # What KFP prints goes elsewhere meanwhile.
        self._out = sys.stdout

    def begin(self, preparation: str) -> None:
        """Say where the run is kept, and what is done before the first task."""
        self._line(f"run {self._run.folder.name}")
        if preparation:
            self._line(f"  {preparation}")

    def missing_volume(self, task: str, path: str) -> None:
        """Say that a task does without a volume: what it reads may lie elsewhere on this machine."""
        self._line(f"  {task} has no {path} here, where a cluster mounts a volume")

    def task(self, task: Task) -> None:
        """Say that a task has ended."""
        more = f"  ({task.reason})" if task.state == "skipped" else ""
        self._line(f"  {task.state:<9} {task.seconds:6.1f} s  {task.name}{more}")

    def success(self, page: Path) -> None:
        """List what the run has put out."""
        rows = [_HEAD, *_artifacts(self._run)]
        for line in ["", *_columns(rows)] if len(rows) > 1 else []:
            self._line(line)
        for title, found in (("metrics", metrics(self._run)), ("values", values(self._run))):
            short = [("", task, name, _short(value)) for task, name, value in found]
            for line in ["", title, *_columns(short)] if short else []:
                self._line(line)
        self._line(f"\n{_shown(page)}")

    def failure(self, error: str) -> None:
        """Say on stderr, as the last of all, which tasks failed, why, and where their logs are.

        Args:
            error: Why the run failed, if no task did.
        """
        self._out.flush()
        failed = self._run.failed()
        for task in failed:
            print(f"task {task.name} failed: {task.reason}{self._advice(task)}", file=sys.stderr)
            print(f"log: {_shown(task.log or self._run.folder / LOG)}", file=sys.stderr)
        if not failed:
            print(f"{self._run.pipeline} {self._run.state}: {error}", file=sys.stderr)
            print(f"log: {_shown(self._run.folder / LOG)}", file=sys.stderr)

    def _advice(self, task: Task) -> str:
        if failures.missing_module(task.reason):
            return f". Add the target that provides it to the run_deps of {self._label}."
        return ""

    def _line(self, text: str) -> None:
        print(text, file=self._out, flush=True)


def metrics(run: Run) -> list[tuple[str, str, str]]:
    """Return task, name and value of all metrics that are numbers or texts."""
    return [
        (task.name, name, _number(value))
        for task, _, artifact in artifacts(run)
        if artifact.type == METRICS
        for name, value in artifact.metadata.items()
        if not isinstance(value, (dict, list))
    ]


def values(run: Run) -> list[tuple[str, str, str]]:
    """Return task, name and value of all output parameters."""
    return [(t.name, n, repr(v)) for t in run.tasks for n, v in t.parameters.items()]


def artifacts(run: Run) -> Iterator[tuple[Task, str, Artifact]]:
    """Yield all artifacts, with their tasks and the outputs that they are."""
    for task in run.tasks:
        for name, found in task.artifacts.items():
            for artifact in found:
                yield task, name, artifact


def _artifacts(run: Run) -> Iterator[tuple[str, ...]]:
    for task, name, artifact in artifacts(run):
        yield task.name, name, artifact.kind, _shown(Path(artifact.path))


def _short(text: str) -> str:
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


def _number(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _shown(path: Path) -> str:
    """Return a path as short as it works where the user is."""
    here = user_directory()
    return os.path.relpath(path, here) if path.is_relative_to(here) else str(path)


def _columns(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the rows of a table as lines of text."""
    cells = list(rows)
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        yield "  ".join(map(str.ljust, row, widths)).rstrip()
