"""The pipeline `drift_monitoring`."""

from kfp import dsl

from kfp_component_lib.components import detect_drift, profile_dataset
from kfp_component_lib.pipelines import import_dataset, limited, train_tabular_model


@dsl.pipeline(name="drift-monitoring")
def drift_monitoring(
    reference_uri: str,
    current_uri: str,
    format: str = "parquet",
    psi_threshold: float = 0.2,
    ks_threshold: float = 1.0,
    missing_threshold: float = 0.1,
    columns: list[str] = [],
    label: str = "",
    task: str = "regression",
    read_options: dict = {},
    stratify_column: str = "",
    max_categories: int = 100,
    l2: float = 1.0,
    order_by: str = "",
):
    """Compare a table with the one that a model was trained on, describe it, and train again.

    A new model is trained on the very rows that were compared, if a column has drifted and a label
    is named.

    Args:
        reference_uri: The rows as they were, in an object store, or on this machine a path.
        current_uri: The rows as they are.
        format: "csv", "jsonl" or "parquet".
        psi_threshold: A column has drifted if its population stability index is above it.
        ks_threshold: One of numbers or times has drifted if its Kolmogorov-Smirnov distance is above
            it; 1 if the distance shall not decide.
        missing_threshold: A column has drifted if its share of missing values has changed by more.
        columns: Columns to compare; all of both tables if empty. One that a table lacks has drifted.
        label: Column that a new model shall predict; if empty, none is trained.
        task: Task of the new model: "regression" or "classification".
        read_options: How the table is to be read: options of load_tabular_dataset, such as
            {"delimiter": ";", "drop": ["id"]}.
        stratify_column: Column whose classes are in both parts that it is trained and judged on.
        max_categories: Largest number of values of a text column that it is trained on.
        l2: Weight of its squared coefficients.
        order_by: Column of numbers or times; if set, the last rows by its order are those that it is
            judged on, without stratify_column. It is not a feature.
    """
    reference = import_dataset(
        uri=reference_uri,
        format=format,
        read_options=read_options,
    )
    current = import_dataset(
        uri=current_uri,
        format=format,
        read_options=read_options,
    )
    drift = limited(
        detect_drift(
            reference=reference.output,
            current=current.output,
            columns=columns,
            psi_threshold=psi_threshold,
            ks_threshold=ks_threshold,
            missing_threshold=missing_threshold,
        )
    )
    limited(profile_dataset(data=current.output))
    # The local runner of kfp 2.17 resolves a task's named output in an inner condition only.
    labelled = dsl.If(label != "", name="labelled")
    with labelled, dsl.If(drift.outputs["drifted"] == True, name="drifted"):  # noqa: E712
        train_tabular_model(
            data=current.output,
            label=label,
            task=task,
            stratify_column=stratify_column,
            max_categories=max_categories,
            l2=l2,
            order_by=order_by,
        )
