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
    """Compare how the columns of two datasets are distributed.

    Args:
        reference: Parquet file or folder with the earlier rows.
        current: Parquet file or folder with the current rows.
        metrics_out: The number of columns, and how many of them have drifted, were added, were
            removed or have changed their type; max_psi, max_ks, max_missing_change; and psi/NAME,
            ks/NAME and missing/NAME for the columns that have changed most. All values are finite.
        report_out: Every column with its population stability index (PSI), its Kolmogorov-Smirnov
            distance (KS), and the reasons why it has drifted.
        html_out: The same report as a page.
        columns: Columns to compare; if empty, all columns of both datasets. A column that only one
            dataset has, or whose values mean something else in the other dataset, has drifted.
        psi_threshold: A column has drifted if its index is above this; null, NaN and values outside
            the reference's range contribute to the index.
        ks_threshold: A column of numbers or times has drifted if its distance is above this; 1
            turns this check off.
        missing_threshold: A column has drifted if its share of null and NaN has changed by more
            than this; 1 turns this check off.
        drifted: Output: whether at least one column has drifted.
    """
    from kfp_component_lib.evaluation.drift import Thresholds
    from kfp_component_lib.evaluation.drift import detect_drift as detect

    thresholds = Thresholds(psi_threshold, ks_threshold, missing_threshold)
    paths = (reference.path, current.path, report_out.path, html_out.path)
    about = {"reference": reference.uri, "current dataset": current.uri}
    result = detect(*paths, columns, thresholds, about)
    metrics_out.metadata.update(result.metrics)
    return (bool(result.drifted),)
