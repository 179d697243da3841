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
    delimiter: str = "",
    quote: str = '"',
    encoding: str = "utf8",
    decimal: str = ".",
    header: bool = True,
    column_names: list[str] = [],
    column_types: dict[str, str] = {},
    null_values: list[str] = [],
    drop: list[str] = [],
):
    """Predict for a table with a model that the pipeline tabular_training has trained.

    Args:
        data_uri: Table in an object store, or on this machine a path.
        transform_uri: Where transform_out of fit_transform_features lies.
        model_uri: Where model_out of train_linear_model lies.
        format: "csv", "jsonl" or "parquet".
        delimiter: Character between the values of a CSV file; a comma if empty.
        quote: Character around values of a CSV file; none if empty.
        encoding: Encoding of a CSV file.
        decimal: Character before the decimals of a number in a CSV file.
        header: Whether the first row of a CSV file names the columns.
        column_names: Names of the columns of a CSV file, instead of those in the file.
        column_types: Arrow types of columns, such as {"zip": "string"}; the others are found out.
        null_values: Texts of a CSV file that stand for null, besides the empty one.
        drop: Names of columns to leave out.
    """
    data = import_dataset(
        uri=data_uri,
        format=format,
        delimiter=delimiter,
        quote=quote,
        encoding=encoding,
        decimal=decimal,
        header=header,
        column_names=column_names,
        column_types=column_types,
        null_values=null_values,
        drop=drop,
    )
    transform = import_model(uri=transform_uri)
    features = limited(apply_transform(data=data.output, transform=transform.output))
    model = import_model(uri=model_uri)
    limited(batch_predict(data=features.outputs["data_out"], model=model.output))
