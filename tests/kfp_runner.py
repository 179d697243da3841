"""Runs components and pipelines as KFP's local runner does: each in a separate process."""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from kfp import dsl, local

_ARTIFACTS = {kind.schema_title: kind for kind in (dsl.Artifact, dsl.Dataset, dsl.Model)}


@dataclass(frozen=True)
class TaskRun:
    """The outputs of a task.

    Attributes:
        paths: Path of each output artifact, by name.
        metadata: Metadata of each output artifact, by name.
        parameters: Value of each output parameter, by name.
    """

    paths: dict[str, Path]
    metadata: dict[str, dict]
    parameters: dict


class Runner:
    """KFP's SubprocessRunner, for every component that this process calls from now on.

    `kfp.local.init` is global, so a process creates only one of these. The runner starts a Python
    that does not have the import path of this process; PYTHONPATH passes it on.
    """

    def __init__(self, pipeline_root: Path):
        """Make components write below `pipeline_root`."""
        self.pipeline_root = pipeline_root
        os.environ["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        local.init(local.SubprocessRunner(use_venv=False), pipeline_root=str(pipeline_root))

    def run(self, component, **arguments) -> TaskRun:
        """Run one component; a `Path` is imported as the artifact that the component expects."""

        @dsl.pipeline(name="run")
        def pipeline():
            component(**{name: _import(component, name, a) for name, a in arguments.items()})

        (task,) = self.run_pipeline(pipeline).values()
        return task

    def run_pipeline(self, pipeline, **arguments) -> dict[str, TaskRun]:
        """Run a pipeline; return its tasks by their path below the run, such as `loop-1/task`."""
        before = set(self._outputs())
        pipeline(**arguments)
        new = sorted(set(self._outputs()) - before)
        return {
            "/".join(path.relative_to(self.pipeline_root).parts[1:-1]): _read(path) for path in new
        }

    def _outputs(self):
        return self.pipeline_root.rglob("executor_output.json")


@pytest.fixture(scope="session")
def runner(tmp_path_factory) -> Runner:
    """The only runner of this process."""
    return Runner(tmp_path_factory.mktemp("pipeline_root"))


def _import(component, name, argument):
    if not isinstance(argument, Path):
        return argument
    title = component.component_spec.inputs[name].type.split("@")[0]
    importer = dsl.importer(str(argument), _ARTIFACTS[title], reimport=False)
    return importer.output


def _read(path):
    stated = json.loads(path.read_text(encoding="utf-8"))
    artifacts = {
        name: listed["artifacts"][0] for name, listed in stated.get("artifacts", {}).items()
    }
    return TaskRun(
        paths={name: Path(artifact["uri"]) for name, artifact in artifacts.items()},
        metadata={name: artifact["metadata"] for name, artifact in artifacts.items()},
        parameters=stated.get("parameterValues", {}),
    )
