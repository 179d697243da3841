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
    columns: list[str] = [],
    stratify_column: str = "",
    impute: str = "mean",
    scale: str = "standard",
    max_categories: int = 100,
    l2: float = 1.0,
    positive_class: str = "",
    seed: int = 0,
):
    """Load, check and split a table, train a linear model on one part, judge it on another.

    Args:
        path: Table on a volume that the tasks can read.
        label: Column to predict.
        task: "regression" or "classification".
        format: "csv", "jsonl" or "parquet".
        rules: Rules of validate_dataset; the pipeline stops if one is broken.
        columns: Columns to read, the label among them; all if empty.
        stratify_column: Column, such as the label, whose classes are in both parts.
        impute: What missing numbers become: "mean", "median", "zero", or "none": they are an error.
        scale: How numbers are scaled: "standard", "minmax" or "none".
        max_categories: Largest number of values of a text column.
        l2: Weight of the squared coefficients.
        positive_class: Of a classification the positive class; if empty, the larger one.
        seed: Another seed gives another split.
    """
    loaded = load_tabular_dataset(path=path, format=format, columns=columns)
    profile_dataset(data=loaded.outputs["data_out"])
    valid = validate_dataset(data=loaded.outputs["data_out"], rules=rules)
    parts = split_dataset(
        data=loaded.outputs["data_out"],
        sizes=[0.7, 0.0, 0.3],
        stratify_column=stratify_column,
        seed=seed,
    )
    parts.after(valid)
    features = fit_transform_features(
        data=parts.outputs["train_out"],
        keep=[label],
        impute=impute,
        scale=scale,
        max_categories=max_categories,
    )
    transform = features.outputs["transform_out"]
    test = apply_transform(data=parts.outputs["test_out"], transform=transform)
    trained = train_linear_model(data=features.outputs["data_out"], label=label, task=task, l2=l2)
    predicted = batch_predict(data=test.outputs["data_out"], model=trained.outputs["model_out"])
    with dsl.If(task == "classification", name="classification"):
        evaluate_classification(
            predictions=predicted.outputs["predictions_out"],
            label=label,
            positive_class=positive_class,
        )
    with dsl.Else(name="regression"):
        evaluate_regression(predictions=predicted.outputs["predictions_out"], label=label)
