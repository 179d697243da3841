"""Checks that a table on a volume gives the same artifacts on the cluster as on this machine."""

from e2e.acceptance import tables
from e2e.acceptance.checks.results import compare
from e2e.acceptance.outcome import NotShownError
from e2e.acceptance.stage import Stage

HOLDS = "a table on a volume gives the same artifacts on the cluster as on this machine"


def check(stage: Stage) -> str:
    """Copy a table to the volume, train on it there, and compare the artifacts."""
    if not stage.claim:
        raise NotShownError("no volume was named with --claim")
    content = stage.store.put("volume.parquet", tables.parquet(seed=3))
    path = f"/data/{stage.version}.parquet"
    fill = {"claim": stage.claim, "uri": content, "path": path}
    stage.backend.run(stage.library.definitions["fill_volume"], fill).succeeded()
    values = {"claim": stage.claim, "path": path, "label": tables.LABEL}
    ended = stage.backend.run(stage.library.definitions["volume_training"], values).succeeded()
    here = stage.run_here("volume_training", values | {"path": content})
    return compare(stage, "volume_training", ended.run_id, here)
