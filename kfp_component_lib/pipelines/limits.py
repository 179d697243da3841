"""What a task of a pipeline may take, and what happens if the cluster loses it."""

from kfp import kubernetes
from kfp.dsl.pipeline_task import PipelineTask

__all__ = ["limited"]

_HOUR = 3600


def limited(
    task: PipelineTask, memory: str = "1Gi", cpu: str = "250m", cpu_limit: str = "2"
) -> PipelineTask:
    """Say what a task needs, and let it be tried again.

    The components of this library hold a few blocks of a table and not the table, so that the
    defaults serve tables of any length. None of this is part of KFP's cache key: a task with more
    memory is still answered from the cache.

    Args:
        task: A task of a component, not of a pipeline.
        memory: Memory that is reserved, and past which the task is killed.
        cpu: Share of a core that is reserved.
        cpu_limit: Cores that it may use.

    Returns:
        The task. It ends after 6 hours, and is tried twice more if it fails: nodes are drained and
        registries fail for a moment.
    """
    task.set_memory_request(memory).set_memory_limit(memory)
    task.set_cpu_request(cpu).set_cpu_limit(cpu_limit)
    task.set_retry(num_retries=2, backoff_duration="10s", backoff_factor=3.0)
    kubernetes.set_timeout(task, 6 * _HOUR)
    return task
