"""What the pipeline sharded_data does with a thousand shards, step by step, without a cluster."""

import pyarrow.parquet as pq
import pytest

from kfp_component_lib.data_processing.profiling import merge_profiles, profile_table
from kfp_component_lib.data_processing.shards import list_shard_groups, list_shards
from kfp_component_lib.data_processing.tabular_data import write_tabular_data
from pipelines.sharded_data import sharded_data

_SHARDS, _ROWS_OF_A_SHARD = 1000, 5
# As seen on KFP's backend 2.17: the longest argument of a process, what of it an artifact of a collection
# takes, and what the rest of the task takes.
_LONGEST, _ARTIFACT, _REST = 131_072, 539, 4_000


@pytest.fixture
def per_group():
    """How many shards a group has, by default."""
    return int(sharded_data.component_spec.inputs["shards_per_group"].default)


def test_no_collection_of_a_thousand_shards_is_too_long(per_group):
    """Neither that of a group, nor that of all groups; all at once would be."""
    groups = list_shard_groups(_SHARDS, per_group)
    collected = [len(list_shards(_SHARDS, group, per_group)) for group in groups]
    for artifacts in [*collected, len(groups)]:
        assert artifacts * _ARTIFACT + _REST < _LONGEST
    assert _SHARDS * _ARTIFACT > _LONGEST


def test_a_thousand_shards_give_the_profile_of_the_whole(tmp_path, monkeypatch, per_group):
    """Merged in groups, and these once more, they are the table described at once.

    The page and the figures, not the last bit of every sum: these shards are no whole blocks of rows.
    """
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    whole = tmp_path / "whole"
    write_tabular_data(whole, _SHARDS * _ROWS_OF_A_SHARD, n_features=1, missing_rate=0.1)
    table = pq.read_table(whole)
    merged = []
    for group in list_shard_groups(_SHARDS, per_group):
        profiles = []
        for shard in list_shards(_SHARDS, group, per_group):
            rows = table.slice(shard * _ROWS_OF_A_SHARD, _ROWS_OF_A_SHARD)
            pq.write_table(rows, tmp_path / "shard")
            profiles.append(str(tmp_path / f"profile-{shard}"))
            profile_table(tmp_path / "shard", profiles[-1], tmp_path / "page")
        merged.append(str(tmp_path / f"merged-{group}"))
        merge_profiles(profiles, merged[-1], tmp_path / "page")
    found = merge_profiles(merged, tmp_path / "all", tmp_path / "page")
    expected = profile_table(whole, tmp_path / "expected", tmp_path / "expected_page")
    assert found == expected
    assert (tmp_path / "page").read_bytes() == (tmp_path / "expected_page").read_bytes()
