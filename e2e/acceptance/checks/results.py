"""Every pipeline of the library gives on the cluster what it gives on this machine, file by file."""

from typing import Any

from e2e.acceptance import tables
from e2e.acceptance.library import Results, artifact_path, results_here, results_there
from e2e.acceptance.outcome import BrokenError, NotShownError
from e2e.acceptance.stage import Stage

HOLDS = "each pipeline's artifacts are those of the run on this machine"


def check(stage: Stage) -> str:
    """Start what needs nothing of another pipeline at once, and compare run by run."""
    started = {
        name: stage.backend.start(stage.library.definitions[name], values)
        for name, values in _alone(stage).items()
    }
    seen = [_compare(stage, "tabular_training", stage.training.run_id, stage.training_here)]
    for name, run_id in started.items():
        stage.backend.wait(run_id).succeeded()
        seen.append(_compare(stage, name, run_id, stage.run_here(name, _alone(stage)[name])))
    return "\n".join([*seen, _scoring(stage), _volume(stage)])


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
    """Compare what the model of the training predicts."""
    run = f"tabular-training/{stage.training.run_id}"
    found = stage.store.digests(f"runs/{run}")

    def uri(task: str, output: str) -> str:
        (path,) = {
            "/".join(path.split("/")[:3])
            for path in found
            if path.startswith(f"{task}/") and path.split("/")[2] == output
        }
        return f"{stage.store.root}/runs/{run}/{path}"

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
    return _compare(stage, "batch_scoring", ended.run_id, stage.run_here("batch_scoring", here))


def _volume(stage: Stage) -> str:
    """Compare a training on a table that lies on a volume."""
    if not stage.claim:
        return "volume_training: not shown, for no --claim was named"
    content = stage.store.put("volume.parquet", tables.parquet(seed=3))
    path = f"/data/{stage.version}.parquet"
    fill = {"claim": stage.claim, "uri": content, "path": path}
    stage.backend.run(stage.library.definitions["fill_volume"], fill).succeeded()
    values = {"claim": stage.claim, "path": path, "label": tables.LABEL}
    ended = stage.backend.run(stage.library.definitions["volume_training"], values).succeeded()
    here = stage.run_here("volume_training", values | {"path": content})
    return _compare(stage, "volume_training", ended.run_id, here)


def _compare(stage: Stage, name: str, run_id: str, record: dict[str, Any]) -> str:
    pipeline = stage.library.definitions[name].name
    there = results_there(stage.store.digests(f"runs/{pipeline}/{run_id}"))
    here = results_here(record)
    if not here:
        raise NotShownError(f"{name} wrote no artifact here")
    if differing := _differing(here, there):
        raise BrokenError(f"{name}: other artifacts on the cluster than here: {differing}")
    return f"{name}: {sum(map(len, here.values()))} artifacts of {len(here)} outputs are equal"


def _differing(here: Results, there: Results) -> list[str]:
    return sorted(
        f"{task}.{output}"
        for task, output in here.keys() | there.keys()
        if here.get((task, output)) != there.get((task, output))
    )
