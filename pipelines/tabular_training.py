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
    """
    loaded = load_tabular_dataset(path=path, format=format)
    profile_dataset(data=loaded.outputs["data_out"])
    valid = validate_dataset(data=loaded.outputs["data_out"], rules=rules)
    parts = split_dataset(data=loaded.outputs["data_out"], sizes=[0.7, 0.0, 0.3], seed=seed)
    parts.after(valid)
    features = fit_transform_features(data=parts.outputs["train_out"], keep=[label])
    transform = features.outputs["transform_out"]
    test = apply_transform(data=parts.outputs["test_out"], transform=transform)
    trained = train_linear_model(data=features.outputs["data_out"], label=label, task=task, l2=l2)
    predicted = batch_predict(data=test.outputs["data_out"], model=trained.outputs["model_out"])
    with dsl.If(task == "classification", name="classification"):
        evaluate_classification(predictions=predicted.outputs["predictions_out"], label=label)
    with dsl.Else(name="regression"):
        evaluate_regression(predictions=predicted.outputs["predictions_out"], label=label)
