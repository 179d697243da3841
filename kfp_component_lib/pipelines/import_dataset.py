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
    """Import a table by its URI; tasks that read it run again only if its content has changed.

    KFP's cache compares the names of artifacts, not their content. The first import creates a new
    artifact in every run, so its digest is always computed; the second import reuses one artifact
    in all runs, and the digest tells the loader which content it must find there.

    Args:
        uri: A table in an object store (`gs://`, `s3://` or `minio://`), which the launcher fetches
            with the credentials of the cluster; for a run on this machine, a path.
        format: "csv", "jsonl" or "parquet".
        columns: Names of the columns to keep, in this order; all of them if empty.
        row_limit: Largest number of rows that is accepted; 0 means no limit.
        read_options: How to read the table: options of load_tabular_dataset, such as
            {"delimiter": ";", "drop": ["id"]}.
    """
    # The metadata keeps KFP from reusing the artifact of the first import for the second one.
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
