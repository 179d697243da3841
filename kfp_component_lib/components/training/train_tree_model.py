"""The component `train_tree_model`."""

from kfp import dsl
from kfp.dsl import HTML, Dataset, Input, Metrics, Model, Output

from kfp_component_lib import KFP_CONTAINER_IMAGE


@dsl.component(base_image=KFP_CONTAINER_IMAGE, install_kfp_package=False)
def train_tree_model(
    data: Input[Dataset],
    label: str,
    model_out: Output[Model],
    metrics_out: Output[Metrics],
    html_out: Output[HTML],
    task: str = "regression",
    features: list[str] = [],
    weight_column: str = "",
    rounds: int = 100,
    learning_rate: float = 0.1,
    max_leaf_nodes: int = 31,
    min_samples_leaf: int = 20,
    l2_regularization: float = 0.0,
    early_stopping: bool = True,
    seed: int = 0,
    order_by: str = "",
) -> None:
    """Fit gradient boosted trees, which take numbers, texts and missing values as they are.

    Args:
        data: Parquet file or folder; all of its rows are held in memory, with about 30 bytes per
            row and feature.
        label: Column to predict.
        model_out: Folder with model.json and trees.skops, which holds no pickle.
        metrics_out: rows, features, rounds and, for the training rows, rmse and r2, or log_loss and
            accuracy; with early stopping also validation_loss for the rows that were held out.
        html_out: The same results as a page, with the loss by round and the importance of features.
        task: "regression" or "classification", with up to 100 classes.
        features: Feature columns with numbers, booleans or texts; if empty, all columns but the
            label, the weight and order_by.
        weight_column: Column with the weight of each row; if empty, every weight is 1. Rows with
            weight 0 are left out.
        rounds: Largest number of rounds, each of which adds a tree.
        learning_rate: Factor by which each tree's predictions are multiplied.
        max_leaf_nodes: Largest number of leaves of a tree.
        min_samples_leaf: Smallest number of rows in a leaf.
        l2_regularization: Weight of the squared values of leaves.
        early_stopping: Whether to hold out a tenth of the rows, and to stop when their loss no
            longer falls.
        seed: A different seed holds out different rows.
        order_by: Column by which split_dataset has split the data; it is not a feature.
    """
    from kfp_component_lib.training.trees import TreeOptions
    from kfp_component_lib.training.trees import train_tree_model as train

    shape = (rounds, learning_rate, max_leaf_nodes, min_samples_leaf, l2_regularization)
    options = TreeOptions(*shape, early_stopping=early_stopping, seed=seed)
    args = (label, task, features, weight_column, options, {"data set": data.uri}, order_by)
    metrics_out.metadata.update(train(data.path, model_out.path, html_out.path, *args))
