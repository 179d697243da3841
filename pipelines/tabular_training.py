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
    l2: float = 1.0,
    seed: int = 0,
):
    """Load, check and split a table, train a linear model on one part, judge it on another.

    Args:
        data_uri: Table in an object store, or on this machine a path.
        label: Column to predict.
        task: "regression" or "classification".
        format: "csv", "jsonl" or "parquet".
        rules: Rules of validate_dataset; the pipeline stops if one is broken.
        l2: Weight of the squared coefficients.
        seed: Another seed gives another split.
    """
    imported = import_dataset(uri=data_uri, format=format)
    train_tabular_model(data=imported.output, label=label, task=task, rules=rules, l2=l2, seed=seed)
