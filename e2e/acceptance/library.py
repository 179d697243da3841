"""The compiled pipelines, how they run on this machine, and which artifacts runs have written."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kfp_launcher.definitions import Definition, read_definition

from e2e.acceptance import contents

# The artifacts of a run: digests of their files, by component and output.
Results = dict[tuple[str, str], list[str]]
_LOGS = "executor-logs"


class Library:
    """The compiled pipelines, by the names of their targets.

    Attributes:
        definitions: The definitions.
        paths: The paths of the definitions.
    """

    def __init__(self, paths: list[Path], programs: list[Path]):
        """Read the compiled pipelines.

        Args:
            paths: The definitions, NAME.yaml.
            programs: The programs NAME.run of the pipelines that run on this machine.
        """
        self.paths = {path.stem: path for path in paths}
        self.definitions: dict[str, Definition] = {
            name: read_definition(str(path)) for name, path in self.paths.items()
        }
        self._programs = {program.stem: program for program in programs}

    def images(self) -> set[str]:
        """Return the images of all tasks."""
        return {
            executor["container"]["image"]
            for definition in self.definitions.values()
            for executor in definition.pipeline["deploymentSpec"]["executors"].values()
            if "container" in executor
        }

    def run_here(self, name: str, values: Mapping[str, Any], root: Path) -> dict[str, Any]:
        """Run a pipeline on this machine, as NAME.run does; return its record.

        Args:
            name: The name of the pipeline.
            values: Its parameters.
            root: The folder below which the run is kept.
        """
        place = root / name
        flags = [f"--{key}={_written(value)}" for key, value in values.items()]
        subprocess.run(
            [
                self._programs[name].absolute(),
                f"--label=//pipelines:{name}",
                f"--definition={self.paths[name].absolute()}",
                "--container=",
                "--",
                f"--output_root={place}",
                *flags,
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        (record,) = place.glob("*/run.json")
        return dict(json.loads(record.read_text(encoding="utf-8")))


def results_here(record: Mapping[str, Any]) -> Results:
    """Return the artifacts of a run on this machine."""
    found: Results = {}
    for task in record["tasks"]:
        if task["state"] != "succeeded":
            continue
        for output, artifacts in task["artifacts"].items():
            for artifact in artifacts:
                files = dict(_files(Path(artifact["path"])))
                if files:
                    name = _component(_leaf(task["name"]))
                    found.setdefault((name, output), []).append(_whole(files))
    return {key: sorted(digests) for key, digests in found.items()}


def results_there(digests: Mapping[str, str]) -> Results:
    """Return the artifacts of a run on a cluster.

    Args:
        digests: The digests of all files, by path below the run's folder: TASK/EXECUTION/OUTPUT.
    """
    outputs: dict[tuple[str, str, str], dict[str, str]] = {}
    for path, digest in digests.items():
        task, execution, output, *inner = path.split("/")
        if not output.startswith(_LOGS):
            outputs.setdefault((task, execution, output), {})["/".join(inner)] = digest
    found: Results = {}
    for (task, _, output), files in outputs.items():
        found.setdefault((_component(task), output), []).append(_whole(files))
    return {key: sorted(values) for key, values in found.items()}


def artifact_path(record: Mapping[str, Any], task: str, output: str) -> str:
    """Return the path of an artifact of a run on this machine."""
    (found,) = [t for t in record["tasks"] if _leaf(t["name"]) == task]
    return str(found["artifacts"][output][0]["path"])


def _leaf(task: str) -> str:
    return task.rpartition("/")[2]


def _component(task: str) -> str:
    """Return the component's name, without the number that KFP may add to a task's name."""
    name, _, number = task.rpartition("-")
    return name if number.isdigit() else task


def _files(path: Path) -> Iterator[tuple[str, str]]:
    for file in [path] if path.is_file() else sorted(path.rglob("*")):
        if file.is_file():
            inner = file.relative_to(path).as_posix().removeprefix(".")
            yield inner, contents.digest(file.read_bytes())


def _whole(files: Mapping[str, str]) -> str:
    return files[""] if list(files) == [""] else json.dumps(sorted(files.items()))


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
