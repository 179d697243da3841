"""The component `train_linear_model`."""

from kfp import dsl
from kfp.dsl import HTML, Dataset, Input, Metrics, Model, Output

from kfp_component_lib import KFP_CONTAINER_IMAGE


@dsl.component(base_image=KFP_CONTAINER_IMAGE, install_kfp_package=False)
def train_linear_model(
    data: Input[Dataset],
    label: str,
    model_out: Output[Model],
    metrics_out: Output[Metrics],
    html_out: Output[HTML],
    task: str = "regression",
    l2: float = 1.0,
    features: list[str] = [],
    weight_column: str = "",
) -> None:
    """Fit a ridge or logistic regression in several passes over the rows.

    Args:
        data: Parquet file or folder.
        label: Column to predict.
        model_out: Folder with model.json and coefficients.npy.
        metrics_out: rows, features, passes and, for the training rows, rmse and r2, or log_loss.
        html_out: The same figures as a page, with the coefficients and the effect of each feature.
        task: "regression" (ridge) or "classification" (logistic, with two classes).
        l2: Weight of the squared coefficients, at least 0; the intercept is not penalised.
        features: Feature columns; if empty, all columns but the label and the weight.
        weight_column: Column with the weight of each row; if empty, every weight is 1. Rows with
            weight 0 are left out.
    """
    from kfp_component_lib.training.linear import train_linear_model as train

    args = (label, task, l2, features, weight_column, html_out.path, {"dataset": data.uri})
    metrics_out.metadata.update(train(data.path, model_out.path, *args))
