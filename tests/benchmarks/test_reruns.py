"""Which tasks run again when a pipeline was compiled anew."""

import copy
from pathlib import Path

import pytest

from benchmarks.reruns import Spec, changed, containers, read_spec, run_again


def component(executor: str) -> Spec:
    return {"executorLabel": executor, "outputDefinitions": {"artifacts": {"out": {}}}}


def task(component: str, **sources: Spec) -> Spec:
    outputs = [source.get("taskOutputArtifact") for source in sources.values()]
    return {
        "componentRef": {"name": component},
        "inputs": {"artifacts": sources},
        "dependentTasks": [output["producerTask"] for output in outputs if output],
    }


def output_of(name: str) -> Spec:
    return {"taskOutputArtifact": {"producerTask": name, "outputArtifactKey": "out"}}


def container(image: str) -> Spec:
    return {"container": {"image": image, "command": ["c"], "args": ["a"], "resources": {}}}


# load → (an inner pipeline with: make → use) → report; apart; an importer.
INNER = {
    "dag": {
        "outputs": {
            "artifacts": {
                "out": {
                    "artifactSelectors": [
                        {"producerSubtask": "use", "outputArtifactKey": "out"},
                    ]
                }
            }
        },
        "tasks": {
            "use": task("use", data=output_of("make")),
            "make": task("make", data={"componentInputArtifact": "data"}),
        },
    }
}
SPEC = {
    "deploymentSpec": {
        "executors": {
            **{name: container("i") for name in ("load", "make", "use", "report", "apart")},
            "importer": {"importer": {}},
        }
    },
    "components": {
        "inner": INNER,
        **{
            name: component(name) for name in ("load", "make", "use", "report", "apart", "importer")
        },
    },
    "root": {
        "dag": {
            "tasks": {
                "report": task("report", data=output_of("steps")),
                "steps": task("inner", data=output_of("load")),
                "load": task("load", data=output_of("importer")),
                "importer": task("importer"),
                "apart": task("apart", data=output_of("importer")),
            }
        }
    },
}


def with_other(executor: str, **values: object) -> Spec:
    spec = copy.deepcopy(SPEC)
    spec["deploymentSpec"]["executors"][executor]["container"] |= values
    return spec


@pytest.mark.parametrize(
    ("executor", "again"),
    [
        ("load", {"load", "make", "use", "report"}),
        ("make", {"make", "use", "report"}),
        ("use", {"use", "report"}),
        ("report", {"report"}),
        ("apart", {"apart"}),
    ],
)
def test_what_reads_new_artifacts_runs_again(executor: str, again: set[str]):
    """Artifacts are followed into inner pipelines and out of them, in the order of the tasks."""
    after = with_other(executor, image="other")
    assert changed(SPEC, after) == {executor}
    assert run_again(SPEC, after) == again


@pytest.mark.parametrize(("key", "count"), [("command", 1), ("args", 1), ("resources", 0)])
def test_what_is_in_the_key_of_the_cache_counts(key: str, count: int):
    """Resources are not in the key, so a task with other resources comes from the cache."""
    assert len(changed(SPEC, with_other("apart", **{key: ["new"]}))) == count


def test_nothing_runs_again_without_a_change():
    """A pipeline that is compiled to the same text runs from the cache."""
    assert run_again(SPEC, copy.deepcopy(SPEC)) == set()


def test_a_new_task_runs():
    """An executor that was not there before has no result in the cache."""
    before = copy.deepcopy(SPEC)
    del before["deploymentSpec"]["executors"]["report"]
    assert run_again(before, SPEC) == {"report"}


def test_a_compiled_pipeline_is_read_without_its_platform(tmp_path: Path):
    """A pipeline with a volume has a second document."""
    path = tmp_path / "p.yaml"
    path.write_text("deploymentSpec: {executors: {e: {importer: {}}}}\n---\nplatforms: {}\n")
    assert containers(read_spec(path)) == {}
