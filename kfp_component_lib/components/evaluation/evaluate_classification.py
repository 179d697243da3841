"""The component `evaluate_classification`."""

from kfp import dsl
from kfp.dsl import HTML, ClassificationMetrics, Dataset, Input, Metrics, Output

from kfp_component_lib import KFP_CONTAINER_IMAGE


@dsl.component(base_image=KFP_CONTAINER_IMAGE, install_kfp_package=False)
def evaluate_classification(
    predictions: Input[Dataset],
    label: str,
    metrics_out: Output[Metrics],
    curves_out: Output[ClassificationMetrics],
    html_out: Output[HTML],
    prediction: str = "prediction",
    probability: str = "probability",
    positive_class: str = "",
    weight_column: str = "",
) -> None:
    """Compare predicted classes and probabilities with the true classes.

    Args:
        predictions: Parquet file or folder, such as the predictions_out of batch_predict.
        label: Column with the true classes.
        metrics_out: accuracy; precision, recall and f1 of the positive class and their means over
            the classes; and for the probabilities auc, average_precision, log_loss, brier_score,
            calibration_error and best_threshold. Metrics that the data does not define are left
            out; all values are finite.
        curves_out: ROC curve and confusion matrix.
        html_out: The same results as a page, with the precision-recall curve and the calibration.
        prediction: Column with the predicted classes.
        probability: Prefix of the columns probability=CLASS, as batch_predict writes them, or the
            column with the probability of the positive class; it may be missing.
        positive_class: The positive class, as text; if empty, the larger of two classes.
        weight_column: Column with the weight of each row, by which all figures and the confusion
            matrix are weighted; if empty, every weight is 1. Rows with weight 0 are left out.
    """
    from kfp_component_lib.evaluation.classification import evaluate_classification as evaluate

    about = {"dataset": predictions.uri, "model": predictions.metadata.get("model", "not known")}
    args = (label, prediction, probability, positive_class, about, weight_column)
    result = evaluate(predictions.path, html_out.path, *args)
    metrics_out.metadata.update(result.metrics)
    curves_out.log_roc_curve(result.roc.fpr, result.roc.tpr, result.roc.thresholds)
    curves_out.log_confusion_matrix(result.classes, result.confusion)
