"""The record of a run on this machine: its tasks, their logs and outputs, in one folder."""

import dataclasses
import datetime
import json
import time
from pathlib import Path
from typing import Any

from kfp import dsl

# The folder of a run contains its record and KFP's log; the folder of a task contains its log.
RECORD, LOG = "run.json", "kfp.log"
_TASK_LOG = "log.txt"


@dataclasses.dataclass
class Artifact:
    """An artifact that a task wrote or imported.

    Attributes:
        type: Its type, such as `system.Dataset`.
        path: The path of its file or folder.
        metadata: The metadata that the task has set; for metrics, their values.
    """

    type: str
    path: str
    metadata: dict[str, Any]

    @property
    def kind(self) -> str:
        """The type as the author of a pipeline writes it."""
        return self.type.rpartition(".")[2]


@dataclasses.dataclass
class Task:
    """A task of a run.

    Attributes:
        name: Its name, after those of the loops that it is in.
        folder: The folder with its outputs.
        state: `running`, `succeeded`, `failed`, `interrupted`, `cached`, `imported` or `skipped`.
        seconds: Its duration.
        reason: Why it failed or was skipped.
        artifacts: The artifacts that it wrote, by output.
        parameters: The output parameters.
    """

    name: str
    folder: Path | None = None
    state: str = "running"
    seconds: float = 0.0
    reason: str = ""
    artifacts: dict[str, list[Artifact]] = dataclasses.field(default_factory=dict)
    parameters: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def log(self) -> Path | None:
        """The file with the task's output; None if the task was not started."""
        log = self.folder / _TASK_LOG if self.folder else None
        return log if log and log.exists() else None

    def new_log(self) -> Path:
        """Create the empty file for the task's output, and return its path."""
        log = self.folder / _TASK_LOG
        log.write_bytes(b"")
        return log

    def take(self, outputs: dict[str, Any]) -> None:
        """Record the outputs that KFP reports for the task."""
        for name, value in outputs.items():
            found = value if isinstance(value, list) else [value]
            if found and all(isinstance(element, dsl.Artifact) for element in found):
                self.artifacts[name] = [
                    Artifact(a.schema_title, a.uri, dict(a.metadata)) for a in found
                ]
            else:
                self.parameters[name] = value


class Run:
    """A run and its folder, `PIPELINE-DATE-TIME`.

    Attributes:
        pipeline: Name of the pipeline or component.
        folder: The folder, in the output root.
        arguments: The values that were given.
        state: `running`, `succeeded`, `failed` or `interrupted`.
        seconds: Its duration.
        tasks: The tasks, in the order in which they started.
    """

    def __init__(self, root: Path, pipeline: str, arguments: dict[str, Any]):
        """Create the folder of a new run."""
        self._started = datetime.datetime.now()
        self._clock = time.monotonic()
        stamp = self._started.strftime("%Y-%m-%d-%H-%M-%S-%f")
        self.pipeline, self.arguments = pipeline, arguments
        self.folder = root / f"{pipeline}-{stamp}"
        self.state, self.seconds = "running", 0.0
        self.tasks: list[Task] = []
        self.folder.mkdir(parents=True)
        self.save()

    def begin(self, name: str, folder: Path | None = None) -> Task:
        """Record the start of a task."""
        task = Task(name, folder)
        self.tasks.append(task)
        return task

    def end(self, state: str) -> None:
        """Record how the run has ended."""
        self.state, self.seconds = state, time.monotonic() - self._clock
        self.save()

    def save(self) -> None:
        """Write the record, by which the run can be found again."""
        record = {
            "pipeline": self.pipeline,
            "state": self.state,
            "started": self._started.isoformat(timespec="seconds"),
            "seconds": round(self.seconds, 3),
            "arguments": self.arguments,
            "tasks": [dataclasses.asdict(task) for task in self.tasks],
        }
        text = json.dumps(record, indent=2, default=str)
        (self.folder / RECORD).write_text(text + "\n", encoding="utf-8")

    def failed(self) -> list[Task]:
        """Return the tasks that have failed."""
        return [task for task in self.tasks if task.state == "failed"]
