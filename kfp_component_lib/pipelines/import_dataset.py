"""The pipeline `import_dataset`."""

from kfp import dsl
from kfp.dsl import Dataset

from kfp_component_lib.components import digest_artifact, load_tabular_dataset
from kfp_component_lib.pipelines.limits import limited


@dsl.pipeline(name="import-dataset")
def import_dataset(
    uri: str,
    format: str = "parquet",
    columns: list[str] = [],
    row_limit: int = 0,
    read_options: dict = {},
) -> Dataset:
    """Import a table by its URI; what reads it runs again if its content has changed, and only then.

    KFP's cache knows the names of artifacts, not what they hold. The first import is a new artifact
    in every run, so that its digest is always taken; the second is the same one in every run, and
    the digest says which content the loader shall find there.

    Args:
        uri: A table in an object store, `gs://`, `s3://` or `minio://`, which the launcher fetches
            with the cluster's credentials; on this machine a path.
        format: "csv", "jsonl" or "parquet".
        columns: Names of the columns to keep, in this order; all of them if empty.
        row_limit: Largest number of rows that is accepted; 0 accepts any.
        read_options: How the table is to be read: options of load_tabular_dataset, such as
            {"delimiter": ";", "drop": ["id"]}.
    """
    # The metadata keeps the second import from taking up what the first has made.
    now = dsl.importer(uri, Dataset, reimport=True, metadata={"import": "now"})
    digest = limited(digest_artifact(data=now.output))
    known = dsl.importer(uri, Dataset, reimport=False, metadata={"import": "known"})
    loaded = load_tabular_dataset(
        data=known.output,
        digest=digest.output,
        format=format,
        columns=columns,
        row_limit=row_limit,
        read_options=read_options,
    )
    limited(loaded)
    return loaded.outputs["data_out"]
