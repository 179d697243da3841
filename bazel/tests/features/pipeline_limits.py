"""The time limit of a pipeline, and how long it is kept.

# Since KFP 2.17
"""

from kfp import dsl


@dsl.component(base_image="python:3.13")
def work():
    print("work")


@dsl.pipeline(
    name="pipeline-limits",
    pipeline_config=dsl.PipelineConfig(
        ttl_seconds_after_finished=3600,
        ttl_seconds_after_success=600,
        ttl_seconds_after_failure=86400,
        active_deadline_seconds=7200,
    ),
)
def pipeline_limits():
    work()
