"""An artifact that is imported into the workspace of the pipeline."""

from kfp import dsl


@dsl.component(base_image="python:3.13")
def read(data: dsl.Input[dsl.Dataset]):
    print(data.path)


@dsl.pipeline(
    name="workspace-downloads",
    pipeline_config=dsl.PipelineConfig(workspace=dsl.WorkspaceConfig(size="1Gi")),
)
def workspace_downloads(uri: str = "s3://bucket/data"):
    data = dsl.importer(
        artifact_uri=uri,
        artifact_class=dsl.Dataset,
        metadata={"source": uri, "rows": "3"},
        download_to_workspace=True,
    )
    read(data=data.output)
