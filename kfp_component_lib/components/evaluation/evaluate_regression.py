"""The component `evaluate_regression`."""

from kfp import dsl
from kfp.dsl import HTML, Dataset, Input, Metrics, Output

from kfp_component_lib import KFP_CONTAINER_IMAGE


@dsl.component(base_image=KFP_CONTAINER_IMAGE, install_kfp_package=False)
def evaluate_regression(
    predictions: Input[Dataset],
    label: str,
    metrics_out: Output[Metrics],
    html_out: Output[HTML],
    prediction: str = "prediction",
    weight_column: str = "",
) -> None:
    """Compare predicted numbers with the true numbers.

    Args:
        predictions: Parquet file or folder, such as the predictions_out of batch_predict.
        label: Column with the true values.
        metrics_out: mean_error, mean_absolute_error, root_mean_squared_error, max_absolute_error
            and r2. Metrics that the data does not define are left out; all values are finite.
        html_out: The same results as a page, with plots of predicted against true values and of the
            errors.
        prediction: Column with the predicted values.
        weight_column: Column with the weight of each row, by which all figures but
            max_absolute_error are weighted; if empty, every weight is 1. Rows with weight 0 are left
            out.
    """
    from kfp_component_lib.evaluation.regression import evaluate_regression as evaluate

    about = {"dataset": predictions.uri, "model": predictions.metadata.get("model", "not known")}
    args = (label, prediction, about, weight_column)
    metrics_out.metadata.update(evaluate(predictions.path, html_out.path, *args))
