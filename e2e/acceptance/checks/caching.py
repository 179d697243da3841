"""Unchanged data run nothing but their digest; changed data run all that depends on them."""

from e2e.acceptance import tables
from e2e.acceptance.outcome import BrokenError
from e2e.acceptance.stage import Stage

HOLDS = "unchanged data run nothing but their digest, changed data everything behind them"


def check(stage: Stage) -> str:
    """Run a training again on the same rows, and once more on others at the same URI."""
    first, definition = stage.training, stage.library.definitions["tabular_training"]
    values = stage.training_values
    again = stage.backend.run(definition, values, cached=True).succeeded()
    if again.ran != {"digest_artifact"}:
        raise BrokenError(f"of unchanged data only the digest must run, got {sorted(again.ran)}")
    stage.store.put("train.csv", tables.csv(seed=4))
    changed = stage.backend.run(definition, values, cached=True).succeeded()
    if changed.ran != first.ran:
        raise BrokenError(
            f"of changed data {sorted(first.ran)} must run, got {sorted(changed.ran)}"
        )
    return f"components that ran: {len(first.ran)}; unchanged: {len(again.ran)}; changed: {len(changed.ran)}"
