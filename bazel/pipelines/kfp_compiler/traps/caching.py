"""Rules about KFP's cache."""

from collections.abc import Iterator

from kfp_compiler.traps.definition import Definition, Finding, Task

# With this variable of its container a component declares which of its parameters are addresses of
# data that KFP does not see; `*` means that it always reads such data.
_OUTSIDE_INPUTS = "KFP_OUTSIDE_INPUTS"


def cached_outside_input(definition: Definition) -> Iterator[Finding]:
    """Find cached tasks that read data which is neither a parameter nor an artifact of theirs."""
    for task in definition.tasks:
        read = _read_outside(task)
        if read and task.is_cached:
            yield Finding(
                "cached_outside_input",
                f"{task.name}.set_caching_options",
                f"must be False, got True: the component reads {read}, and KFP does not see when "
                "that changes. Call set_caching_options(False).",
                task,
                fatal=True,
            )


def cached_collection(definition: Definition) -> Iterator[Finding]:
    """Find cached tasks whose artifacts a loop collects.

    KFP 2.17 takes the bucket of all collected artifacts from the record of the first one. The
    record of a new artifact lacks the bucket if another artifact comes from the cache. The rule can
    be removed when KFP reads the bucket of each artifact:
    https://github.com/kubeflow/pipelines/blob/master/backend/src/v2/component/launcher_v2.go
    """
    for loop in definition.tasks:
        if "artifactIterator" not in loop.spec and "parameterIterator" not in loop.spec:
            continue
        for task in _collected(definition, loop.spec["componentRef"]["name"]):
            if task.is_cached:
                yield Finding(
                    "cached_collection",
                    f"{task.name}.set_caching_options",
                    f"must be False, got True: {loop.name} collects its artifacts, and if one of "
                    "them is new and others come from the cache, as after a failure, KFP 2.17 "
                    "cannot download them. Call set_caching_options(False).",
                    task,
                )


def _read_outside(task: Task) -> str:
    """Return which outside data a task reads, or an empty text if it reads none."""
    declared = task.environment.get(_OUTSIDE_INPUTS, "")
    if declared == "*":
        return "what is no input of it"
    given = [name for name in filter(None, declared.split(",")) if _is_given(task, name)]
    return f"what lies at {' and '.join(given)}" if given else ""


def _is_given(task: Task, name: str) -> bool:
    source = task.parameters.get(name)
    if source is None:
        port = task.component.get("inputDefinitions", {}).get("parameters", {}).get(name, {})
        return port.get("defaultValue", "") != ""
    return source.get("runtimeValue", {}).get("constant", None) != ""


def _collected(definition: Definition, dag: str) -> Iterator[Task]:
    """Yield the tasks with a container whose artifacts leave a DAG."""
    component = definition.spec.get("components", {}).get(dag, {})
    tasks = definition.inside(dag)
    seen = set()
    for output in component.get("dag", {}).get("outputs", {}).get("artifacts", {}).values():
        for selector in output.get("artifactSelectors", []):
            task = tasks[selector["producerSubtask"]]
            if task.name in seen:
                continue
            seen.add(task.name)
            if task.executor:
                yield task
            else:
                yield from _collected(definition, task.spec["componentRef"]["name"])
