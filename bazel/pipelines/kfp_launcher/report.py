"""The report of a run for its user: one line per task, the outputs, and any failure."""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from kfp_launcher import failures
from kfp_launcher.records import LOG, Artifact, Run, Task
from kfp_launcher.values import user_directory

METRICS = "system.Metrics"
# Values can be very long, so they are shortened; index.html contains them completely.
_WIDTH = 80
_HEAD = ("task", "artifact", "type", "path")


class Report:
    """Prints the progress and the result of a run."""

    def __init__(self, label: str, run: Run):
        """Report a run of the target `label`."""
        self._label, self._run = label, run
        # KFP's output is redirected during the run.
        self._out = sys.stdout

    def begin(self, preparation: str) -> None:
        """Report where the run is stored, and what is prepared before the first task."""
        self._line(f"run {self._run.folder.name}")
        if preparation:
            self._line(f"  {preparation}")

    def missing_volume(self, task: str, path: str) -> None:
        """Report that a task lacks a volume; its data may be elsewhere on this machine."""
        self._line(f"  {task} has no {path} here, where a cluster mounts a volume")

    def task(self, task: Task) -> None:
        """Report that a task has ended."""
        more = f"  ({task.reason})" if task.state == "skipped" else ""
        self._line(f"  {task.state:<9} {task.seconds:6.1f} s  {task.name}{more}")

    def success(self, page: Path) -> None:
        """List the outputs of the run."""
        rows = [_HEAD, *_artifacts(self._run)]
        for line in ["", *_columns(rows)] if len(rows) > 1 else []:
            self._line(line)
        for title, found in (("metrics", metrics(self._run)), ("values", values(self._run))):
            short = [("", task, name, _short(value)) for task, name, value in found]
            for line in ["", title, *_columns(short)] if short else []:
                self._line(line)
        self._line(f"\n{_shown(page)}")

    def failure(self, error: str) -> None:
        """Report at the end, on stderr, which tasks failed, why, and where their logs are.

        Args:
            error: Why the run failed, if no task has failed.
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
    """Return the task, name and value of all metrics that are numbers or texts."""
    return [
        (task.name, name, _number(value))
        for task, _, artifact in artifacts(run)
        if artifact.type == METRICS
        for name, value in artifact.metadata.items()
        if not isinstance(value, (dict, list))
    ]


def values(run: Run) -> list[tuple[str, str, str]]:
    """Return the task, name and value of all output parameters."""
    return [(t.name, n, repr(v)) for t in run.tasks for n, v in t.parameters.items()]


def artifacts(run: Run) -> Iterator[tuple[Task, str, Artifact]]:
    """Yield all artifacts, with their tasks and the names of their outputs."""
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
    """Return the shortest form of a path that works in the user's working directory."""
    here = user_directory()
    return os.path.relpath(path, here) if path.is_relative_to(here) else str(path)


def _columns(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the rows of a table as lines of text."""
    cells = list(rows)
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        yield "  ".join(map(str.ljust, row, widths)).rstrip()
