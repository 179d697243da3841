"""The resources, the timeout and the retries of tasks, and which of them may be cached."""

from kfp import kubernetes
from kfp.dsl.pipeline_task import PipelineTask

__all__ = ["collected", "limited"]

_HOUR = 3600


def limited(
    task: PipelineTask, memory: str = "1Gi", cpu: str = "250m", cpu_limit: str = "2"
) -> PipelineTask:
    """Set the resources of a task, its timeout and its retries.

    The components of this library hold a few blocks of a table in memory and never the whole table,
    so the defaults suffice for tables of any length. None of these settings is part of KFP's cache
    key: a task with more memory is still answered from the cache.

    Args:
        task: A task of a component, not of a pipeline.
        memory: Memory that is reserved; a task that uses more is killed.
        cpu: Share of a CPU core that is reserved.
        cpu_limit: Number of CPU cores that the task may use.

    Returns:
        The task. It is stopped after 6 hours, and retried twice if it fails, since nodes may be
        drained and registries may be unavailable for a moment.
    """
    task.set_memory_request(memory).set_memory_limit(memory)
    task.set_cpu_request(cpu).set_cpu_limit(cpu_limit)
    task.set_retry(num_retries=2, backoff_duration="5s", backoff_factor=2.0)
    kubernetes.set_timeout(task, 6 * _HOUR)
    return task


def collected(task: PipelineTask) -> PipelineTask:
    """Turn off caching for a task in a loop whose artifacts `dsl.Collected` gathers.

    If one shard is new and others come from the cache, as after a failure, KFP 2.17 fails in the
    task that collects them: "failed to get bucket when downloading input artifact". This function
    can be removed once the launcher takes the object store of each artifact from that artifact
    instead of from the first one in the list.

    Args:
        task: The last task before the collection.

    Returns:
        The task.
    """
    return task.set_caching_options(False)
