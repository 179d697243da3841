"""A branch whose condition is false does not run, and the run succeeds."""

from e2e.acceptance import tables
from e2e.acceptance.outcome import BrokenError
from e2e.acceptance.stage import Stage

HOLDS = "where the condition is false nothing is trained, and the run succeeds"


def check(stage: Stage) -> str:
    """Compare a table with itself: it has not drifted."""
    same = stage.store.put("same", tables.parquet(seed=8))
    values = {"reference_uri": same, "current_uri": same, "label": tables.LABEL}
    run = stage.backend.run(stage.library.definitions["drift_monitoring"], values).succeeded()
    if "detect_drift" not in run.ran or "train_linear_model" in run.ran:
        raise BrokenError(f"drift must be looked for and nothing trained, got {sorted(run.ran)}")
    return f"components that ran: {', '.join(sorted(run.ran))}"
