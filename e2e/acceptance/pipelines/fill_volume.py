"""A pipeline that copies a file from the object store to a volume."""

from kfp import dsl, kubernetes
from kfp.dsl import Artifact, Input

from kfp_component_lib import KFP_CONTAINER_IMAGE
from kfp_component_lib.pipelines import limited


@dsl.container_component
def copy_file(data: Input[Artifact], path: str):
    """Copy an artifact.

    Args:
        data: A file.
        path: The path of the copy.
    """
    return dsl.ContainerSpec(
        image=KFP_CONTAINER_IMAGE,
        command=["python3", "-c", "import shutil, sys; shutil.copyfile(*sys.argv[1:])"],
        args=[data.path, path],
    )


@dsl.pipeline(name="kfp-component-lib-e2e-fill-volume")
def fill_volume(uri: str, claim: str, path: str):
    """Copy a file from the object store to a volume.

    Args:
        uri: The URI of the file.
        claim: Name of the persistent volume claim, which is mounted at /data.
        path: The path of the copy, below /data.
    """
    data = dsl.importer(uri, Artifact, reimport=True)
    copied = limited(copy_file(data=data.output, path=path)).set_caching_options(False)
    kubernetes.mount_pvc(copied, pvc_name=claim, mount_path="/data")
