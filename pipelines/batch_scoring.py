"""The pipeline `batch_scoring`."""

from kfp import dsl
from kfp.dsl import Model

from kfp_component_lib.components import apply_transform, batch_predict, load_tabular_dataset


@dsl.pipeline(name="batch-scoring")
def batch_scoring(path: str, transform_uri: str, model_uri: str, format: str = "parquet"):
    """Predict for a table with a model that the pipeline tabular_training has trained.

    Args:
        path: Table on a volume that the tasks can read.
        transform_uri: Where transform_out of fit_transform_features lies.
        model_uri: Where model_out of train_linear_model lies.
        format: "csv", "jsonl" or "parquet".
    """
    loaded = load_tabular_dataset(path=path, format=format)
    transform = dsl.importer(artifact_uri=transform_uri, artifact_class=Model)
    features = apply_transform(data=loaded.outputs["data_out"], transform=transform.output)
    model = dsl.importer(artifact_uri=model_uri, artifact_class=Model)
    batch_predict(data=features.outputs["data_out"], model=model.output)
