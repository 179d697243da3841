"""The component `digest_artifact`."""

from kfp import dsl
from kfp.dsl import Artifact, Input

from kfp_component_lib import KFP_CONTAINER_IMAGE
from kfp_component_lib.components.outside_inputs import reads_outside


@reads_outside()
@dsl.component(base_image=KFP_CONTAINER_IMAGE, install_kfp_package=False)
def digest_artifact(data: Input[Artifact]) -> str:
    """Return the digest of what an artifact holds now; never answered from KFP's cache.

    Args:
        data: A file or a folder.
        Output: "sha256:" and 64 hexadecimal digits; those of sha256sum if it is a file.
    """
    from kfp_component_lib.content import content_digest

    return content_digest(data.path, "digest_artifact.data", data.uri)
