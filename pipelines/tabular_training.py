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
    read_options: dict = {},
    order_by: str = "",
    weight_column: str = "",
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
        read_options: How the table is to be read: options of load_tabular_dataset, such as
            {"delimiter": ";", "drop": ["id"]}.
        order_by: Column of numbers or times; if set, the last rows by its order are those that the
            model is judged on, without stratify_column. It is not a feature.
        weight_column: Column of how much each row counts in training and evaluation; 1 each if empty.
    """
    imported = import_dataset(
        uri=data_uri,
        format=format,
        read_options=read_options,
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
        order_by=order_by,
        weight_column=weight_column,
    )
