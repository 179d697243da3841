"""The component `batch_predict`."""

from kfp import dsl
from kfp.dsl import Dataset, Input, Model, Output

from kfp_component_lib import KFP_CONTAINER_IMAGE


@dsl.component(base_image=KFP_CONTAINER_IMAGE, install_kfp_package=False)
def batch_predict(
    data: Input[Dataset],
    model: Input[Model],
    predictions_out: Output[Dataset],
) -> None:
    """Add a linear model's predictions to a dataset of any length.

    Args:
        data: Parquet file or folder with the model's features.
        model: Folder written by train_linear_model.
        predictions_out: The columns of data, followed by prediction and, for a classification
            model, probability=CLASS for each class.
    """
    from kfp_component_lib.deployment.prediction import predict_table

    metadata = predict_table(data.path, model.path, predictions_out.path)
    predictions_out.metadata.update(metadata)
