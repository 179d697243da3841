"""Tests of profile_dataset, list_shards and merge_profiles in a loop, run by KFP's local runner."""

import pandas as pd
import pytest
from kfp import dsl

from kfp_component_lib.components import list_shards, merge_profiles, profile_dataset


def test_profiles_of_a_loop_are_merged(runner, tmp_path):
    """The profiles from a loop become one profile, whose page and metrics cover all rows."""
    paths = [str(tmp_path / name) for name in "abc"]
    for path in paths:
        pd.DataFrame({"age": [1.0, None]}).to_parquet(path)

    @dsl.pipeline
    def shards():
        with dsl.ParallelFor(paths) as path:
            data = dsl.importer(path, dsl.Dataset, reimport=False)
            profiled = profile_dataset(data=data.output)
        merge_profiles(profiles=dsl.Collected(profiled.outputs["profile_out"]))

    merged = runner.run_pipeline(shards)["merge-profiles"]
    assert merged.metadata["metrics_out"]["rows"] == 6
    assert merged.metadata["metrics_out"]["missing_fraction"] == 0.5
    assert "age" in merged.paths["html_out"].read_text()


def test_shards_are_listed(runner):
    """A loop gets the numbers of its shards."""
    assert runner.run(list_shards, n_shards=3).parameters == {"Output": [0, 1, 2]}


def test_no_shards_are_refused(runner):
    """A loop over nothing would end with nothing to merge."""
    with pytest.raises(RuntimeError):
        runner.run(list_shards, n_shards=0)
