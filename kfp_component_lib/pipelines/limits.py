"""What a task of a pipeline may take, and what happens if the cluster loses it or has run it."""

from kfp import kubernetes
from kfp.dsl.pipeline_task import PipelineTask

__all__ = ["collected", "limited"]

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
    task.set_retry(num_retries=2, backoff_duration="5s", backoff_factor=2.0)
    kubernetes.set_timeout(task, 6 * _HOUR)
    return task


def collected(task: PipelineTask) -> PipelineTask:
    """Turn the cache off for a task of a loop whose artifacts `dsl.Collected` gathers.

    If one shard is new and others come from the cache, as after a failure, KFP 2.17 dies in the task
    that collects: "failed to get bucket when downloading input artifact". This may go when the
    launcher takes the store of each artifact from that artifact, and not from the first of the list.

    Args:
        task: The last task before the collection.

    Returns:
        The task.
    """
    return task.set_caching_options(False)
