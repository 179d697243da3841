"""The pipeline `sharded_data`."""

from kfp import dsl

from kfp_component_lib.components import (
    list_shard_groups,
    list_shards,
    make_tabular_dataset,
    merge_profiles,
    profile_dataset,
)
from kfp_component_lib.pipelines import collected, limited


@dsl.pipeline(name="sharded-data")
def sharded_data(
    n_rows: int,
    n_shards: int = 4,
    n_features: int = 10,
    task: str = "regression",
    missing_rate: float = 0.0,
    seed: int = 0,
    shards_per_group: int = 100,
):
    """Make a dataset in shards, each in its own pod, and profile the whole dataset.

    Neither the rows nor the profile depend on the number of shards. Quantiles and numbers of
    distinct values have the errors that profile_dataset states; merging shards adds none.

    Args:
        n_rows: Number of rows in all shards together.
        n_shards: Number of shards.
        n_features: Number of features.
        task: "regression" or "classification".
        missing_rate: Share of the feature values that are null.
        seed: A different seed gives independent rows and a different relation.
        shards_per_group: Number of profiles that are merged at once, at most 200. A second step
            merges the results, so there can be 200 times as many shards.
    """
    groups = limited(list_shard_groups(n_shards=n_shards, shards_per_group=shards_per_group))
    with dsl.ParallelFor(groups.output) as group:
        shards = limited(
            list_shards(n_shards=n_shards, group=group, shards_per_group=shards_per_group)
        )
        with dsl.ParallelFor(shards.output) as shard:
            made = limited(
                make_tabular_dataset(
                    n_rows=n_rows,
                    n_features=n_features,
                    task=task,
                    missing_rate=missing_rate,
                    seed=seed,
                    shard=shard,
                    n_shards=n_shards,
                )
            )
            profiled = collected(limited(profile_dataset(data=made.outputs["data_out"])))
        profiles = dsl.Collected(profiled.outputs["profile_out"])
        merged = collected(limited(merge_profiles(profiles=profiles)))
    limited(merge_profiles(profiles=dsl.Collected(merged.outputs["profile_out"])))
