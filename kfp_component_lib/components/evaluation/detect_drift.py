"""The component `detect_drift`."""

from typing import NamedTuple

from kfp import dsl
from kfp.dsl import HTML, Dataset, Input, Markdown, Metrics, Output

from kfp_component_lib import KFP_CONTAINER_IMAGE


@dsl.component(base_image=KFP_CONTAINER_IMAGE, install_kfp_package=False)
def detect_drift(
    reference: Input[Dataset],
    current: Input[Dataset],
    metrics_out: Output[Metrics],
    report_out: Output[Markdown],
    html_out: Output[HTML],
    columns: list[str] = [],
    psi_threshold: float = 0.2,
    ks_threshold: float = 1.0,
    missing_threshold: float = 0.1,
) -> NamedTuple("Outputs", [("drifted", bool)]):
    """Compare how the columns of two data sets are distributed.

    Args:
        reference: Parquet file or folder: the rows as they were.
        current: Parquet file or folder: the rows as they are.
        metrics_out: The numbers of columns, and of those that have drifted, were added, removed or
            are of another type now; max_psi, max_ks, max_missing_change; and psi/NAME, ks/NAME and
            missing/NAME of the columns that moved most. All are finite.
        report_out: Every column with its population stability index (PSI), its
            Kolmogorov-Smirnov distance (KS), and why it has drifted.
        html_out: The same as a page.
        columns: Columns to compare; all of both data sets if empty. A column that only one of them
            has, or whose type means something else in the other, has drifted.
        psi_threshold: A column has drifted if its index is above it; null, NaN and what lies outside
            the reference's range are parts of the index.
        ks_threshold: A column of numbers or times has drifted if its distance is above it; 1 if the
            distance shall not decide.
        missing_threshold: A column has drifted if its share of null and NaN has changed by more; 1 if
            that shall not decide.
        drifted: Output: whether a column has drifted.
    """
    from kfp_component_lib.evaluation.drift import Thresholds
    from kfp_component_lib.evaluation.drift import detect_drift as detect

    thresholds = Thresholds(psi_threshold, ks_threshold, missing_threshold)
    paths = (reference.path, current.path, report_out.path, html_out.path)
    about = {"reference": reference.uri, "current data set": current.uri}
    result = detect(*paths, columns, thresholds, about)
    metrics_out.metadata.update(result.metrics)
    return (bool(result.drifted),)
