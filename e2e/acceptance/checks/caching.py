"""Checks that a training uses the cache if its data are unchanged, and only then."""

from e2e.acceptance import tables
from e2e.acceptance.outcome import BrokenError
from e2e.acceptance.stage import Stage

HOLDS = "if data are unchanged, only their digest is computed; if they change, all tasks run again"


def check(stage: Stage) -> str:
    """Run a training again on the same rows, and then on other rows at the same URI."""
    first, definition = stage.training, stage.library.definitions["tabular_training"]
    values = stage.training_values
    again = stage.backend.run(definition, values, cached=True).succeeded()
    if again.ran != {"digest_artifact"}:
        raise BrokenError(
            f"only digest_artifact must run on unchanged data, got {sorted(again.ran)}"
        )
    stage.store.put("train.csv", tables.csv(seed=4))
    changed = stage.backend.run(definition, values, cached=True).succeeded()
    if changed.ran != first.ran:
        raise BrokenError(
            f"on changed data {sorted(first.ran)} must run, got {sorted(changed.ran)}"
        )
    return f"components that ran: {len(first.ran)}; unchanged: {len(again.ran)}; changed: {len(changed.ran)}"
