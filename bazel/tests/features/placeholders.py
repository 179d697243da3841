"""Values that the server fills in, default pipeline root, display name."""

from kfp import dsl


@dsl.component
def show(text: str):
    print(text)


@dsl.pipeline(
    name="placeholders", display_name="Placeholders", pipeline_root="minio://bucket/root"
)
def placeholders():
    show(text=f"{dsl.PIPELINE_JOB_NAME_PLACEHOLDER} {dsl.PIPELINE_TASK_ID_PLACEHOLDER}")
