"""The component `predict_tree_model`."""

from kfp import dsl
from kfp.dsl import Dataset, Input, Model, Output

from kfp_component_lib import KFP_CONTAINER_IMAGE


@dsl.component(base_image=KFP_CONTAINER_IMAGE, install_kfp_package=False)
def predict_tree_model(
    data: Input[Dataset],
    model: Input[Model],
    predictions_out: Output[Dataset],
) -> None:
    """Add the predictions of gradient boosted trees to a dataset of any length.

    Args:
        data: Parquet file or folder with the model's features; values may be missing.
        model: Folder written by train_tree_model.
        predictions_out: The columns of data, followed by prediction and, for a classification
            model, probability=CLASS for each class. A text that training has not seen is treated as
            missing; unseen_values in the metadata has the number of such rows for each column.
    """
    from kfp_component_lib.deployment.tree_prediction import predict_with_trees

    metadata = predict_with_trees(data.path, model.path, predictions_out.path)
    predictions_out.metadata.update(metadata)
