"""Checks that each pipeline writes the same artifacts on the cluster as on this machine."""

import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from e2e.acceptance import tables
from e2e.acceptance.library import Results, artifact_path, results_here, results_there
from e2e.acceptance.outcome import BrokenError, NotShownError
from e2e.acceptance.stage import Stage

HOLDS = "each pipeline writes the same artifacts on the cluster as on this machine"


def check(stage: Stage) -> str:
    """Start all pipelines that need no output of another one, and compare run by run."""
    started = {
        name: stage.backend.start(stage.library.definitions[name], values)
        for name, values in _alone(stage).items()
    }
    return together(_comparisons(stage, started))


def together(comparisons: Iterable[Callable[[], str]]) -> str:
    """Make all comparisons, even if one of them fails, and return what they have seen.

    Raises:
        BrokenError: If a comparison fails; the message has the results of all of them.
    """
    seen, broken = [], []
    for comparison in comparisons:
        try:
            seen.append(comparison())
        except BrokenError as reason:
            broken.append(str(reason))
    if broken:
        raise BrokenError("\n".join([*broken, *seen]))
    return "\n".join(seen)


def _comparisons(stage: Stage, started: dict[str, str]) -> Iterator[Callable[[], str]]:
    yield lambda: compare(stage, "tabular_training", stage.training.run_id, stage.training_here)
    for name, run_id in started.items():
        yield functools.partial(_started, stage, name, run_id)
    yield lambda: _scoring(stage)


def _started(stage: Stage, name: str, run_id: str) -> str:
    stage.backend.wait(run_id).succeeded()
    return compare(stage, name, run_id, stage.run_here(name, _alone(stage)[name]))


def _alone(stage: Stage) -> dict[str, dict[str, Any]]:
    reference = stage.store.put("reference", tables.parquet(seed=1))
    current = stage.store.put("current", tables.drifted(seed=1))
    return {
        "synthetic_data": {"n_rows": 1000},
        "sharded_data": {"n_rows": 100 * stage.shards, "n_shards": stage.shards},
        "drift_monitoring": {
            "reference_uri": reference,
            "current_uri": current,
            "label": tables.LABEL,
        },
        "tree_training": {"data_uri": reference, "label": tables.LABEL, "format": "parquet"},
    }


def _scoring(stage: Stage) -> str:
    """Compare the predictions of the models that the trainings have written."""
    run = f"tabular-training/{stage.training.run_id}"
    found = stage.store.digests(f"runs/{run}")

    def uri(task: str, output: str) -> str:
        paths = {
            "/".join(path.split("/")[:3])
            for path in found
            if path.startswith(f"{task}/") and path.split("/")[2] == output
        }
        if len(paths) != 1:
            raise BrokenError(
                f"batch_scoring needs exactly one {output} of {task} in {run}, got {paths}"
            )
        return f"{stage.store.root}/runs/{run}/{paths.pop()}"

    data = {"data_uri": stage.store.put("new", tables.parquet(seed=2))}
    there = data | {
        "transform_uri": uri("fit-transform-features", "transform_out"),
        "model_uri": uri("train-linear-model", "model_out"),
    }
    here = data | {
        "transform_uri": artifact_path(
            stage.training_here, "fit-transform-features", "transform_out"
        ),
        "model_uri": artifact_path(stage.training_here, "train-linear-model", "model_out"),
    }
    ended = stage.backend.run(stage.library.definitions["batch_scoring"], there).succeeded()
    return compare(stage, "batch_scoring", ended.run_id, stage.run_here("batch_scoring", here))


def compare(stage: Stage, name: str, run_id: str, record: dict[str, Any]) -> str:
    """Compare the artifacts of a run on the cluster with those of a run on this machine.

    Args:
        stage: What the checks share.
        name: The name of the pipeline.
        run_id: The ID of the run on the cluster.
        record: The record of the run on this machine.

    Raises:
        BrokenError: If an artifact differs, or only one of the runs has it.
        NotShownError: If there is nothing to compare.
    """
    pipeline = stage.library.definitions[name].name
    there = results_there(stage.store.digests(f"runs/{pipeline}/{run_id}"))
    here = results_here(record)
    if not here:
        raise NotShownError(f"{name} has written no artifact on this machine")
    if differing := _differing(here, there):
        raise BrokenError(f"{name}: artifacts differ between the cluster and here: {differing}")
    return f"{name}: {sum(map(len, here.values()))} artifacts of {len(here)} outputs are equal"


def _differing(here: Results, there: Results) -> list[str]:
    return sorted(
        f"{task}.{output}"
        for task, output in here.keys() | there.keys()
        if here.get((task, output)) != there.get((task, output))
    )
