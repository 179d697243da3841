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
    """Add a linear model's predictions to a data set of any length.

    Args:
        data: Parquet file or folder with the model's features.
        model: Folder that train_linear_model wrote.
        predictions_out: The columns of data, then prediction and, of a classification,
            probability=CLASS for each class.
    """
    from kfp_component_lib.deployment.prediction import predict_table

    metadata = predict_table(data.path, model.path, predictions_out.path)
    predictions_out.metadata.update(metadata)
