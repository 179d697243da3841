"""The pipeline `drift_monitoring`."""

from kfp import dsl

from kfp_component_lib.components import detect_drift, load_tabular_dataset, profile_dataset


@dsl.pipeline(name="drift-monitoring")
def drift_monitoring(
    reference_path: str,
    current_path: str,
    format: str = "parquet",
    psi_threshold: float = 0.2,
):
    """Compare a table with the one that a model was trained on, and describe it.

    Args:
        reference_path: The rows as they were, on a volume that the tasks can read.
        current_path: The rows as they are.
        format: "csv", "jsonl" or "parquet".
        psi_threshold: A column has drifted if its population stability index is above it.
    """
    reference = load_tabular_dataset(path=reference_path, format=format)
    current = load_tabular_dataset(path=current_path, format=format)
    detect_drift(
        reference=reference.outputs["data_out"],
        current=current.outputs["data_out"],
        psi_threshold=psi_threshold,
    )
    profile_dataset(data=current.outputs["data_out"])
