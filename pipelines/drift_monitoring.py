"""The pipeline `drift_monitoring`."""

from kfp import dsl

from kfp_component_lib.components import detect_drift, load_tabular_dataset, profile_dataset
from pipelines.tabular_training import tabular_training


@dsl.pipeline(name="drift-monitoring")
def drift_monitoring(
    reference_path: str,
    current_path: str,
    format: str = "parquet",
    psi_threshold: float = 0.2,
    ks_threshold: float = 1.0,
    missing_threshold: float = 0.1,
    columns: list[str] = [],
    label: str = "",
    task: str = "regression",
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
    """Compare a table with the one that a model was trained on, describe it, and train again.

    A new model is trained on the current rows, by the pipeline tabular_training, if a column has
    drifted and a label is named.

    Args:
        reference_path: The rows as they were, on a volume that the tasks can read.
        current_path: The rows as they are.
        format: "csv", "jsonl" or "parquet".
        psi_threshold: A column has drifted if its population stability index is above it.
        ks_threshold: One of numbers or times has drifted if its Kolmogorov-Smirnov distance is above
            it; 1 if the distance shall not decide.
        missing_threshold: A column has drifted if its share of missing values has changed by more.
        columns: Columns to compare; all of both tables if empty. One that a table lacks has drifted.
        label: Column that a new model shall predict; if empty, none is trained.
        task: Task of the new model: "regression" or "classification".
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
    reference = load_tabular_dataset(
        path=reference_path,
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
    current = load_tabular_dataset(
        path=current_path,
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
    drift = detect_drift(
        reference=reference.outputs["data_out"],
        current=current.outputs["data_out"],
        columns=columns,
        psi_threshold=psi_threshold,
        ks_threshold=ks_threshold,
        missing_threshold=missing_threshold,
    )
    profile_dataset(data=current.outputs["data_out"])
    # The local runner of kfp 2.17 resolves a task's named output in an inner condition only.
    labelled = dsl.If(label != "", name="labelled")
    with labelled, dsl.If(drift.outputs["drifted"] == True, name="drifted"):  # noqa: E712
        tabular_training(
            path=current_path,
            label=label,
            task=task,
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
