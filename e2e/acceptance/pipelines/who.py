"""A pipeline whose task prints its user."""

from kfp import dsl

from kfp_component_lib import KFP_CONTAINER_IMAGE
from kfp_component_lib.pipelines import limited


@dsl.container_component
def say_who():
    """Print the numeric ID of the user."""
    return dsl.ContainerSpec(
        image=KFP_CONTAINER_IMAGE,
        command=["python3", "-c", "import os; print('uid', os.getuid())"],
    )


@dsl.pipeline(name="kfp-component-lib-e2e-who")
def who():
    """Run one task."""
    limited(say_who()).set_caching_options(False)
