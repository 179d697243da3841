"""Checks that NAME.submit --wait shows why a task failed."""

from kfp_launcher import submit

from e2e.acceptance.outcome import BrokenError
from e2e.acceptance.stage import Stage

HOLDS = "NAME.submit --wait shows why a task failed"
_REASON = "make_numeric_dataset.n_rows must be at least 0, got -1"


def check(stage: Stage) -> str:
    """Ask for a negative number of rows."""
    package = str(stage.library.paths["synthetic_data"])
    code, printed = stage.call(
        submit.main,
        package,
        "--n_rows=-1",
        "--wait",
        f"--experiment={stage.experiment}",
        f"--pipeline_root={stage.store.root}/runs",
    )
    (said,) = [line.strip() for line in printed.splitlines() if _REASON in line][:1] or [""]
    if code != 1 or not said:
        raise BrokenError(f"it must exit with 1 and print {_REASON!r}, got {code} and:\n{printed}")
    return said
