"""Checks that a run with a faulty shard fails, and that the next run succeeds with it mended."""

from e2e.acceptance import tables
from e2e.acceptance.outcome import BrokenError
from e2e.acceptance.stage import Stage

HOLDS = "after a shard has failed and was mended, the next run succeeds and merges all shards"


def check(stage: Stage) -> str:
    """Run with a first shard that is not a table, replace it, and run again."""
    definition = stage.library.definitions["imported_shards"]
    contents = [tables.parquet(seed) for seed in (5, 6, 7)]
    uris = [stage.store.put(f"shard-{i}", content) for i, content in enumerate(contents)]
    stage.store.put("shard-0", b"no table")
    failed = stage.backend.run(definition, {"uris": uris}, cached=True)
    if failed.state != "FAILED" or "merge_profiles" in failed.ran:
        raise BrokenError(
            f"a run with a broken shard must fail before it merges, got {failed.state}"
        )
    stage.store.put("shard-0", contents[0])
    mended = stage.backend.run(definition, {"uris": uris}, cached=True).succeeded()
    if "merge_profiles" not in mended.ran:
        raise BrokenError(f"the next run must merge the shards, got {sorted(mended.ran)}")
    reasons = [line for line in failed.lines if "load_tabular_dataset." in line]
    return f"the first run: {reasons[-1] if reasons else failed.lines[-1:]}"
