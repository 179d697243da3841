"""A pipeline that profiles each shard of a table in an object store, and all of them together."""

from kfp import dsl

from kfp_component_lib.components import merge_profiles, profile_dataset
from kfp_component_lib.pipelines import collected, import_dataset, limited


@dsl.pipeline(name="kfp-component-lib-e2e-imported-shards")
def imported_shards(uris: list[str]):
    """Profile a table that is divided into shards.

    Args:
        uris: The URIs of the shards.
    """
    with dsl.ParallelFor(uris) as uri:
        data = import_dataset(uri=uri)
        profiled = collected(limited(profile_dataset(data=data.output)))
    limited(merge_profiles(profiles=dsl.Collected(profiled.outputs["profile_out"])))
