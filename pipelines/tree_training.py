"""The pipeline `tree_training`."""

from kfp import dsl

from kfp_component_lib.components import (
    evaluate_classification,
    evaluate_regression,
    predict_tree_model,
    profile_dataset,
    split_dataset,
    train_tree_model,
    validate_dataset,
)
from kfp_component_lib.pipelines import import_dataset, limited


@dsl.pipeline(name="tree-training")
def tree_training(
    data_uri: str,
    label: str,
    task: str = "regression",
    format: str = "csv",
    rules: dict = {},
    stratify_column: str = "",
    features: list[str] = [],
    weight_column: str = "",
    rounds: int = 100,
    learning_rate: float = 0.1,
    max_leaf_nodes: int = 31,
    min_samples_leaf: int = 20,
    l2_regularization: float = 0.0,
    early_stopping: bool = True,
    positive_class: str = "",
    seed: int = 0,
    read_options: dict = {},
    order_by: str = "",
):
    """Load, check and split a table, grow trees on one part, judge them on another.

    Numbers, texts and missing values need no preparation, so there are no transformed tables between.

    Args:
        data_uri: Table in an object store, or on this machine a path.
        label: Column to predict.
        task: "regression" or "classification", of up to 100 classes.
        format: "csv", "jsonl" or "parquet".
        rules: Rules of validate_dataset; the pipeline stops if one is broken.
        stratify_column: Column, such as the label, whose classes are in both parts.
        features: Columns to read: numbers, booleans and texts; all but the label, the weight and order_by if empty.
        weight_column: Column of how much each row counts in training and evaluation; 1 each if empty.
        rounds: Largest number of rounds, each of which adds a tree.
        learning_rate: How much of a tree counts.
        max_leaf_nodes: Largest number of leaves of a tree.
        min_samples_leaf: Smallest number of rows in a leaf.
        l2_regularization: Weight of the squared values of leaves.
        early_stopping: Whether a tenth of the training rows is held out, and growth ends when their
            loss does not fall any more.
        positive_class: Of a classification the positive class; if empty, the larger one of two.
        seed: Another seed gives another split, and holds out other rows.
        read_options: How the table is to be read: options of load_tabular_dataset, such as
            {"delimiter": ";", "drop": ["id"]}.
        order_by: Column of numbers or times; if set, the last rows by its order are those that the
            model is judged on, without stratify_column. It is not a feature.
    """
    data = import_dataset(uri=data_uri, format=format, read_options=read_options).output
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
    trained = train_tree_model(
        data=parts.outputs["train_out"],
        label=label,
        task=task,
        features=features,
        weight_column=weight_column,
        rounds=rounds,
        learning_rate=learning_rate,
        max_leaf_nodes=max_leaf_nodes,
        min_samples_leaf=min_samples_leaf,
        l2_regularization=l2_regularization,
        early_stopping=early_stopping,
        seed=seed,
        order_by=order_by,
    )
    # It holds all rows, unlike the other components.
    limited(trained, memory="4Gi")
    predicted = limited(
        predict_tree_model(data=parts.outputs["test_out"], model=trained.outputs["model_out"])
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
