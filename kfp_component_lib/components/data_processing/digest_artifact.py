"""The component `digest_artifact`."""

from kfp import dsl
from kfp.dsl import Artifact, Input

from kfp_component_lib import KFP_CONTAINER_IMAGE
from kfp_component_lib.components.outside_inputs import reads_outside


@reads_outside()
@dsl.component(base_image=KFP_CONTAINER_IMAGE, install_kfp_package=False)
def digest_artifact(data: Input[Artifact]) -> str:
    """Return the digest of an artifact's current content; KFP's cache never answers this task.

    Args:
        data: A file or a folder.
        Output: "sha256:" followed by 64 hexadecimal digits; for a file they are those that
            sha256sum prints.
    """
    from kfp_component_lib.content import content_digest

    return content_digest(data.path, "digest_artifact.data", data.uri)
