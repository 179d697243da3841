"""The pipeline `tabular_training`."""

from kfp import dsl

from kfp_component_lib.pipelines import import_dataset, train_tabular_model


@dsl.pipeline(name="tabular-training")
def tabular_training(
    data_uri: str,
    label: str,
    task: str = "regression",
    format: str = "csv",
    rules: dict = {},
    stratify_column: str = "",
    impute: str = "mean",
    scale: str = "standard",
    max_categories: int = 100,
    l2: float = 1.0,
    positive_class: str = "",
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
):
    """Load, check and split a table, train a linear model on one part, judge it on another.

    Args:
        data_uri: Table in an object store, or on this machine a path.
        label: Column to predict.
        task: "regression" or "classification".
        format: "csv", "jsonl" or "parquet".
        rules: Rules of validate_dataset; the pipeline stops if one is broken.
        stratify_column: Column, such as the label, whose classes are in both parts.
        impute: What missing numbers become: "mean", "median", "zero", or "none": they are an error.
        scale: How numbers are scaled: "standard", "minmax" or "none".
        max_categories: Largest number of values of a text column.
        l2: Weight of the squared coefficients.
        positive_class: Of a classification the positive class; if empty, the larger one.
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
    """
    imported = import_dataset(
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
    train_tabular_model(
        data=imported.output,
        label=label,
        task=task,
        rules=rules,
        stratify_column=stratify_column,
        impute=impute,
        scale=scale,
        max_categories=max_categories,
        l2=l2,
        positive_class=positive_class,
        seed=seed,
    )
