"""Checks that a branch whose condition is false does not run, and that the run succeeds."""

from e2e.acceptance import tables
from e2e.acceptance.outcome import BrokenError
from e2e.acceptance.stage import Stage

HOLDS = "if the condition is false, no model is trained, and the run succeeds"


def check(stage: Stage) -> str:
    """Compare a table with itself, so that there is no drift and no model is trained."""
    same = stage.store.put("same", tables.parquet(seed=8))
    values = {"reference_uri": same, "current_uri": same, "label": tables.LABEL}
    run = stage.backend.run(stage.library.definitions["drift_monitoring"], values).succeeded()
    if "detect_drift" not in run.ran or "train_linear_model" in run.ran:
        raise BrokenError(
            f"detect_drift must run and train_linear_model must not, got {sorted(run.ran)}"
        )
    return f"components that ran: {', '.join(sorted(run.ran))}"
