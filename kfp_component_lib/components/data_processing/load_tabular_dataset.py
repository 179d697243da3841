"""The component `load_tabular_dataset`."""

from kfp import dsl
from kfp.dsl import Dataset, Input, Output

from kfp_component_lib import KFP_CONTAINER_IMAGE
from kfp_component_lib.components.outside_inputs import reads_outside


@reads_outside("path")
@dsl.component(base_image=KFP_CONTAINER_IMAGE, install_kfp_package=False)
def load_tabular_dataset(
    data_out: Output[Dataset],
    path: str = "",
    data: Input[Dataset] = None,
    format: str = "parquet",
    columns: list[str] = [],
    row_limit: int = 0,
    digest: str = "",
) -> None:
    """Convert a CSV, JSON Lines or Parquet table to Parquet, block by block.

    Args:
        data_out: Parquet file with the rows, in order.
        path: File, or for Parquet a folder of files, such as on a mounted volume. KFP does not see
            what lies there, so a task with a path is never answered from its cache.
        data: The same as an artifact, if path is empty.
        format: "csv", "jsonl" or "parquet".
        columns: Names of the columns to keep, in this order; all of them if empty.
        row_limit: Largest number of rows that is accepted; 0 accepts any. A longer table is an
            error, it is never cut off.
        digest: What digest_artifact has returned for the table; other content is an error. If
            empty, any content is accepted.
    """
    from kfp_component_lib.data_processing.loading import load_table

    source = path or getattr(data, "path", "")
    args = (format, columns, row_limit, digest)
    data_out.metadata.update(load_table(source, data_out.path, *args))
