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
    l2: float = 1.0,
    seed: int = 0,
    max_categories: int = 100,
):
    """Check and split a table, train a linear model on one part, judge it on another.

    Args:
        data: The table, as Parquet.
        label: Column to predict.
        task: "regression" or "classification".
        rules: Rules of validate_dataset; the pipeline stops if one is broken.
        l2: Weight of the squared coefficients.
        seed: Another seed gives another split.
        max_categories: Largest number of values of a text column.
    """
    limited(profile_dataset(data=data))
    valid = limited(validate_dataset(data=data, rules=rules))
    parts = limited(split_dataset(data=data, sizes=[0.7, 0.0, 0.3], seed=seed).after(valid))
    features = limited(
        fit_transform_features(
            data=parts.outputs["train_out"], label=label, max_categories=max_categories
        )
    )
    trained = limited(
        train_linear_model(data=features.outputs["data_out"], label=label, task=task, l2=l2)
    )
    test = limited(
        apply_transform(data=parts.outputs["test_out"], transform=features.outputs["transform_out"])
    )
    predicted = limited(
        batch_predict(data=test.outputs["data_out"], model=trained.outputs["model_out"])
    )
    predictions = predicted.outputs["predictions_out"]
    with dsl.If(task == "classification", name="classification"):
        limited(evaluate_classification(predictions=predictions, label=label))
    with dsl.Else(name="regression"):
        limited(evaluate_regression(predictions=predictions, label=label))
