"""The pipeline `batch_scoring`."""

from kfp import dsl

from kfp_component_lib.components import apply_transform, batch_predict
from kfp_component_lib.pipelines import import_dataset, import_model, limited


@dsl.pipeline(name="batch-scoring")
def batch_scoring(
    data_uri: str,
    transform_uri: str,
    model_uri: str,
    format: str = "parquet",
    read_options: dict = {},
):
    """Predict for a table with a model that the pipeline tabular_training has trained.

    Args:
        data_uri: Table in an object store, or on this machine a path.
        transform_uri: Where transform_out of fit_transform_features lies.
        model_uri: Where model_out of train_linear_model lies.
        format: "csv", "jsonl" or "parquet".
        read_options: How the table is to be read: options of load_tabular_dataset, such as
            {"delimiter": ";", "drop": ["id"]}.
    """
    data = import_dataset(
        uri=data_uri,
        format=format,
        read_options=read_options,
    )
    transform = import_model(uri=transform_uri)
    features = limited(apply_transform(data=data.output, transform=transform.output))
    model = import_model(uri=model_uri)
    limited(batch_predict(data=features.outputs["data_out"], model=model.output))
