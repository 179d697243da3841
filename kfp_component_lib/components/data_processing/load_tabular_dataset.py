"""The component `load_tabular_dataset`."""

from typing import Any

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
    read_options: dict[str, Any] = {},
    digest: str = "",
) -> None:
    """Convert a CSV, JSON Lines or Parquet table to Parquet, block by block.

    A value that does not fit the type of its column is an error, and no type is inferred that would
    change a value: 00501 is a text unless column_types says otherwise.

    Args:
        data_out: Parquet file with the rows, in order.
        path: Path of a file, or for Parquet also of a folder, such as on a mounted volume; give
            either this or data. KFP does not see the content of a path, so it never caches a task
            that has one.
        data: The table as an artifact, if path is empty.
        format: "csv", "jsonl" or "parquet".
        columns: Names of the columns to keep, in this order; all of them if empty.
        row_limit: Largest number of rows that is accepted; 0 accepts any number. A longer table is
            an error and is never truncated.
        read_options: Options that describe the table, such as {"delimiter": ";", "drop": ["id"]}.
            "drop": names of columns to leave out;
            "column_types": Arrow types of columns, such as {"zip": "string"}; the types of other
            columns are inferred; and for CSV
            "delimiter": the character between values, a comma by default;
            "quote": the character around values, a double quote by default; empty if values are not quoted;
            "encoding": "utf8" by default, or another encoding such as "latin-1";
            "decimal": the character before the decimals of a number, a point by default;
            "header": whether the first row names the columns, true by default;
            "column_names": names of the columns, instead of those in the file;
            "null_values": texts that stand for null, besides the empty one. Without it, NA, NULL,
            NaN and similar texts are null in columns that are not text.
        digest: The digest that digest_artifact returned for the table; different content is an
            error. If empty, any content is accepted.
    """
    from kfp_component_lib.data_processing.loading import ReadOptions, load_table, one_source

    source = one_source(path, getattr(data, "path", ""))
    args = (format, ReadOptions.from_input(read_options, columns), row_limit, digest)
    data_out.metadata.update(load_table(source, data_out.path, *args))
