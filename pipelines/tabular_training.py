"""The pipeline `tabular_training`."""

from kfp import dsl

from kfp_component_lib.components import (
    apply_transform,
    batch_predict,
    evaluate_classification,
    evaluate_regression,
    fit_transform_features,
    load_tabular_dataset,
    profile_dataset,
    split_dataset,
    train_linear_model,
    validate_dataset,
)


@dsl.pipeline(name="tabular-training")
def tabular_training(
    path: str,
    label: str,
    task: str = "regression",
    format: str = "csv",
    rules: dict = {},
    l2: float = 1.0,
    seed: int = 0,
    delimiter: str = "",
    quote: str = '"',
    encoding: str = "utf8",
    decimal: str = ".",
    header: bool = True,
    column_names: list[str] = [],
    column_types: dict[str, str] = {},
    null_values: list[str] = [],
    drop: list[str] = [],
    max_categories: int = 100,
):
    """Load, check and split a table, train a linear model on one part, judge it on another.

    Args:
        path: Table on a volume that the tasks can read.
        label: Column to predict.
        task: "regression" or "classification".
        format: "csv", "jsonl" or "parquet".
        rules: Rules of validate_dataset; the pipeline stops if one is broken.
        l2: Weight of the squared coefficients.
        seed: Another seed gives another split.
        delimiter: Character between the values of a CSV file; a comma if empty.
        quote: Character around values of a CSV file; none if empty.
        encoding: Encoding of a CSV file.
        decimal: Character before the decimals of a number in a CSV file.
        header: Whether the first row of a CSV file names the columns.
        column_names: Names of the columns of a CSV file, instead of those in the file.
        column_types: Arrow types of columns, such as {"zip": "string"}; the others are found out.
        null_values: Texts of a CSV file that stand for null, besides the empty one.
        drop: Names of columns to leave out.
        max_categories: Largest number of values of a text column.
    """
    loaded = load_tabular_dataset(
        path=path,
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
    profile_dataset(data=loaded.outputs["data_out"])
    valid = validate_dataset(data=loaded.outputs["data_out"], rules=rules)
    parts = split_dataset(data=loaded.outputs["data_out"], sizes=[0.7, 0.0, 0.3], seed=seed)
    parts.after(valid)
    features = fit_transform_features(
        data=parts.outputs["train_out"], keep=[label], max_categories=max_categories
    )
    transform = features.outputs["transform_out"]
    test = apply_transform(data=parts.outputs["test_out"], transform=transform)
    trained = train_linear_model(data=features.outputs["data_out"], label=label, task=task, l2=l2)
    predicted = batch_predict(data=test.outputs["data_out"], model=trained.outputs["model_out"])
    with dsl.If(task == "classification", name="classification"):
        evaluate_classification(predictions=predicted.outputs["predictions_out"], label=label)
    with dsl.Else(name="regression"):
        evaluate_regression(predictions=predicted.outputs["predictions_out"], label=label)
