"""A workspace that all tasks share, by the pipeline's configuration."""

from kfp import dsl


@dsl.component
def work(folder: str):
    print(folder)


@dsl.pipeline(
    name="workspace",
    pipeline_config=dsl.PipelineConfig(
        workspace=dsl.WorkspaceConfig(
            size="1Gi",
            kubernetes=dsl.KubernetesWorkspaceConfig(
                pvcSpecPatch={"accessModes": ["ReadWriteMany"]}
            ),
        )
    ),
)
def workspace():
    work(folder=dsl.WORKSPACE_PATH_PLACEHOLDER)
