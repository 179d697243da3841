"""Shards of a table that lie in an object store, each described on its own, and all together."""

from kfp import dsl

from kfp_component_lib.components import merge_profiles, profile_dataset
from kfp_component_lib.pipelines import collected, import_dataset, limited


@dsl.pipeline(name="kfp-component-lib-e2e-imported-shards")
def imported_shards(uris: list[str]):
    """Describe a table that comes in shards.

    Args:
        uris: The shards.
    """
    with dsl.ParallelFor(uris) as uri:
        data = import_dataset(uri=uri)
        profiled = collected(limited(profile_dataset(data=data.output)))
    limited(merge_profiles(profiles=dsl.Collected(profiled.outputs["profile_out"])))
