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
) -> NamedTuple("Outputs", [("drifted", bool)]):
    """Compare how the columns of two data sets are distributed.

    Args:
        reference: Parquet file or folder: the rows as they were.
        current: Parquet file or folder: the rows as they are.
        metrics_out: columns, drifted_columns, max_psi, max_ks, and psi/NAME and ks/NAME of the
            columns that moved most; all are finite.
        report_out: Every column with its population stability index (PSI) and
            Kolmogorov-Smirnov distance (KS).
        html_out: The same as a page.
        columns: Columns to compare; all that both have in one kind if empty.
        psi_threshold: A column has drifted if its index is above it.
        drifted: Output: whether a column has drifted.
    """
    from kfp_component_lib.evaluation.drift import detect_drift as detect

    paths = (reference.path, current.path, report_out.path, html_out.path)
    result = detect(*paths, columns, psi_threshold)
    metrics_out.metadata.update(result.metrics)
    return (bool(result.drifted),)
