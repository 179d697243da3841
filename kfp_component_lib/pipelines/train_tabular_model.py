"""The pipeline `train_tabular_model`."""

from kfp import dsl
from kfp.dsl import Dataset, Input

from kfp_component_lib.components import (
    apply_transform,
    batch_predict,
    evaluate_classification,
    evaluate_regression,
    fit_transform_features,
    profile_dataset,
    split_dataset,
    train_linear_model,
    validate_dataset,
)
from kfp_component_lib.pipelines.limits import limited


@dsl.pipeline(name="train-tabular-model")
def train_tabular_model(
    data: Input[Dataset],
    label: str,
    task: str = "regression",
    rules: dict = {},
    stratify_column: str = "",
    impute: str = "mean",
    scale: str = "standard",
    max_categories: int = 100,
    l2: float = 1.0,
    positive_class: str = "",
    seed: int = 0,
    order_by: str = "",
    weight_column: str = "",
):
    """Validate and split a table, train a linear model on one part, and evaluate it on the other.

    Args:
        data: The table, as Parquet.
        label: Column to predict.
        task: "regression" or "classification".
        rules: Rules for validate_dataset; the pipeline stops if one is broken.
        stratify_column: Column, such as the label, whose classes are spread evenly over both parts.
        impute: What replaces missing numbers: "mean", "median" or "zero"; with "none" they are an
            error.
        scale: How numbers are scaled: "standard", "minmax" or "none".
        max_categories: Largest number of different values that a text column may have.
        l2: Weight of the squared coefficients.
        positive_class: The positive class of a classification; if empty, the larger of the two
            classes.
        seed: A different seed gives a different split.
        order_by: Column of numbers or times; if set, the model is trained on the rows with the
            smallest values and evaluated on those with the largest. It is not a feature.
        weight_column: Column of how much each row counts in training and evaluation; if empty, every
            weight is 1.
    """
    limited(profile_dataset(data=data))
    valid = limited(validate_dataset(data=data, rules=rules))
    parts = limited(
        split_dataset(
            data=data,
            sizes=[0.7, 0.0, 0.3],
            stratify_column=stratify_column,
            seed=seed,
            order_by=order_by,
        ).after(valid)
    )
    features = limited(
        fit_transform_features(
            data=parts.outputs["train_out"],
            label=label,
            impute=impute,
            scale=scale,
            max_categories=max_categories,
            order_by=order_by,
            weight_column=weight_column,
        )
    )
    trained = limited(
        train_linear_model(
            data=features.outputs["data_out"],
            label=label,
            task=task,
            l2=l2,
            weight_column=weight_column,
        )
    )
    test = limited(
        apply_transform(data=parts.outputs["test_out"], transform=features.outputs["transform_out"])
    )
    predicted = limited(
        batch_predict(data=test.outputs["data_out"], model=trained.outputs["model_out"])
    )
    predictions = predicted.outputs["predictions_out"]
    with dsl.If(task == "classification", name="classification"):
        limited(
            evaluate_classification(
                predictions=predictions,
                label=label,
                positive_class=positive_class,
                weight_column=weight_column,
            )
        )
    with dsl.Else(name="regression"):
        limited(
            evaluate_regression(predictions=predictions, label=label, weight_column=weight_column)
        )
