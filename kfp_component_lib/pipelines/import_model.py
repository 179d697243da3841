"""The pipeline `import_model`."""

from kfp import dsl
from kfp.dsl import Model

from kfp_component_lib.components import copy_model, digest_artifact
from kfp_component_lib.pipelines.limits import limited


@dsl.pipeline(name="import-model")
def import_model(uri: str) -> Model:
    """Import a model by its URI, as `import_dataset` imports a table.

    Args:
        uri: A file or a folder in an object store (`gs://`, `s3://` or `minio://`); for a run on
            this machine, a path.
    """
    now = dsl.importer(uri, Model, reimport=True, metadata={"import": "now"})
    digest = limited(digest_artifact(data=now.output))
    known = dsl.importer(uri, Model, reimport=False, metadata={"import": "known"})
    copied = limited(copy_model(model=known.output, digest=digest.output))
    return copied.outputs["model_out"]
