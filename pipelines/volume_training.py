"""The pipeline `volume_training`."""

from kfp import dsl, kubernetes

from kfp_component_lib.components import load_tabular_dataset
from kfp_component_lib.pipelines import limited, train_tabular_model

_MOUNTED_AT = "/data"


@dsl.pipeline(name="volume-training")
def volume_training(
    claim: str,
    path: str,
    label: str,
    task: str = "regression",
    format: str = "parquet",
    read_options: dict = {},
    stratify_column: str = "",
    max_categories: int = 100,
    l2: float = 1.0,
    positive_class: str = "",
    order_by: str = "",
    weight_column: str = "",
):
    """Train as tabular_training does, on a table that is too large to be copied into a pod.

    The task that loads it runs in every run: KFP does not see whether a file on a volume has
    changed. What reads the rows runs again with it.

    Args:
        claim: Name of the persistent volume claim, which is mounted at /data; unused on this
            machine.
        path: The table on the volume, such as /data/train.parquet.
        label: Column to predict.
        task: "regression" or "classification".
        format: "csv", "jsonl" or "parquet".
        read_options: How the table is to be read: options of load_tabular_dataset, such as
            {"delimiter": ";", "drop": ["id"]}.
        stratify_column: Column whose classes are in both parts that the model is trained and judged on.
        max_categories: Largest number of values of a text column.
        l2: Weight of the squared coefficients.
        positive_class: Of a classification the positive class; if empty, the larger one.
        order_by: Column of numbers or times; if set, the last rows by its order are those that the
            model is judged on, without stratify_column. It is not a feature.
        weight_column: Column of how much each row counts in training and evaluation; 1 each if empty.
    """
    loaded = limited(
        load_tabular_dataset(
            path=path,
            format=format,
            read_options=read_options,
        )
    )
    kubernetes.mount_pvc(loaded, pvc_name=claim, mount_path=_MOUNTED_AT)
    train_tabular_model(
        data=loaded.outputs["data_out"],
        label=label,
        task=task,
        stratify_column=stratify_column,
        max_categories=max_categories,
        l2=l2,
        positive_class=positive_class,
        order_by=order_by,
        weight_column=weight_column,
    )
