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
    drop: list[str] = [],
    column_types: dict[str, str] = {},
    null_values: list[str] = [],
    delimiter: str = "",
    quote: str = '"',
    encoding: str = "utf8",
    decimal: str = ".",
    header: bool = True,
    column_names: list[str] = [],
    digest: str = "",
) -> None:
    """Convert a CSV, JSON Lines or Parquet table to Parquet, block by block.

    A value that does not fit the type of its column is an error, and no type is guessed that would
    change a value: 00501 is a text unless column_types says otherwise.

    Args:
        data_out: Parquet file with the rows, in order.
        path: File, or for Parquet a folder, such as on a mounted volume; this or data. KFP does not see
            what lies there, so a task with a path is never answered from its cache.
        data: The same as an artifact, if path is empty.
        format: "csv", "jsonl" or "parquet".
        columns: Names of the columns to keep, in this order; all of them if empty.
        row_limit: Largest number of rows that is accepted; 0 accepts any. A longer table is an
            error, it is never cut off.
        drop: Names of columns to leave out.
        column_types: Arrow types of columns, such as {"zip": "string"}; the others are found out.
        null_values: Texts of a CSV file that stand for null, besides the empty one. If there is none,
            NA, NULL, NaN and their like are null where a column is no text.
        delimiter: Character between the values of a CSV file; a comma if empty.
        quote: Character around values of a CSV file; none if empty.
        encoding: Encoding of a CSV file, such as "latin-1".
        decimal: Character before the decimals of a number in a CSV file.
        header: Whether the first row of a CSV file names the columns.
        column_names: Names of the columns of a CSV file, instead of those in the file.
        digest: What digest_artifact has returned for the table; other content is an error. If
            empty, any content is accepted.
    """
    from kfp_component_lib.data_processing.loading import ReadOptions, load_table, one_source

    text = (null_values, delimiter, quote, encoding, decimal, header, column_names)
    options = ReadOptions(columns, drop, column_types, *text)
    source = one_source(path, getattr(data, "path", ""))
    args = (format, options, row_limit, digest)
    data_out.metadata.update(load_table(source, data_out.path, *args))
