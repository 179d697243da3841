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
    """Add the predictions of gradient boosted trees to a data set of any length.

    Args:
        data: Parquet file or folder with the model's features; values may be missing.
        model: Folder that train_tree_model wrote.
        predictions_out: The columns of data, then prediction and, of a classification,
            probability=CLASS for each class. A text that training has not seen is taken as missing;
            the metadata's unseen_values says in how many rows of which columns.
    """
    from kfp_component_lib.deployment.tree_prediction import predict_with_trees

    metadata = predict_with_trees(data.path, model.path, predictions_out.path)
    predictions_out.metadata.update(metadata)
