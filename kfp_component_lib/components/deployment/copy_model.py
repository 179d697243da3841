"""The component `copy_model`."""

from kfp import dsl
from kfp.dsl import Input, Model, Output

from kfp_component_lib import KFP_CONTAINER_IMAGE


@dsl.component(base_image=KFP_CONTAINER_IMAGE, install_kfp_package=False)
def copy_model(model: Input[Model], digest: str, model_out: Output[Model]) -> None:
    """Copy a model or a transform whose content has the given digest.

    Args:
        model: A file or a folder.
        digest: The digest that digest_artifact returned for it; different content is an error.
        model_out: The copy.
    """
    from kfp_component_lib.content import copy_content

    copy_content(model.path, model_out.path, digest, "copy_model.model", model.uri)
    model_out.metadata.update(model.metadata)
