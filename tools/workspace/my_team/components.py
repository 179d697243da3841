"""The components. KFP embeds the source of each function in the pipelines that use it."""

from kfp import dsl
from kfp.dsl import Dataset, Input

# The build replaces this name by that of the image that it has built for the component.
IMAGE = "my-team:built"


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def describe_dataset(data: Input[Dataset]) -> str:
    """Say how large a dataset is.

    Args:
        data: File or folder of any kind.
    """
    from my_team.sizes import describe_size

    return describe_size(data.path)
