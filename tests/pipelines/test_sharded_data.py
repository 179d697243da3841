"""Tests of the pipeline sharded_data, run by KFP's local runner."""

import pandas as pd
import pytest

from kfp_component_lib.data_processing.profiling import profile_table
from kfp_component_lib.data_processing.tabular_data import write_tabular_data
from pipelines.sharded_data import sharded_data

# A little more than three blocks of rows: two of five shards are empty, and sketches are inexact.
_ROWS = {"n_rows": 200_000, "n_features": 2, "task": "classification", "missing_rate": 0.1}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder of the table that was made and profiled as a whole, at a fixed time."""
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "0")
        write_tabular_data(folder / "data", seed=3, **_ROWS)
        profile_table(folder / "data", folder / "profile", folder / "page")
        yield folder


@pytest.mark.parametrize(("n_shards", "shards_per_group"), [(1, 100), (2, 100), (5, 2)])
def test_nothing_depends_on_the_number_of_shards(runner, whole, n_shards, shards_per_group):
    """Rows, page and every statistic equal those of the table that was made as a whole."""
    tasks = runner.run_pipeline(
        sharded_data, n_shards=n_shards, shards_per_group=shards_per_group, seed=3, **_ROWS
    )
    made = [run for name, run in sorted(tasks.items()) if name.endswith("make-tabular-dataset")]
    assert len(made) == n_shards
    frames = [pd.read_parquet(run.paths["data_out"]) for run in made]
    rows = pd.concat(frames, ignore_index=True)
    pd.testing.assert_frame_equal(rows, pd.read_parquet(whole / "data"), check_exact=True)
    merged = tasks["merge-profiles-2"].paths
    assert merged["html_out"].read_bytes() == (whole / "page").read_bytes()
    assert merged["profile_out"].read_bytes() == (whole / "profile").read_bytes()
