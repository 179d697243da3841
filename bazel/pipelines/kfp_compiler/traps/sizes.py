"""Rules about sizes and resources: arguments, definitions, and requests of tasks."""

import json
from collections.abc import Iterator

from kfp_compiler.traps.definition import Definition, Finding, Task

# The longest argument of a process that Linux accepts (MAX_ARG_STRLEN). KFP passes a task's inputs,
# its command and its component as one argument each.
_ARGUMENT = 131_072
# The size of one collected artifact with short names in the `executor_input` of KFP 2.17.
_ARTIFACT = 539
# The largest request that etcd accepts by default.
_OBJECT = 1_572_864
_NAMED = 3


def collection_too_large(definition: Definition) -> Iterator[Finding]:
    """Find loops whose collected artifacts do not fit into one argument of a process."""
    for task in definition.tasks:
        items = _items(task)
        outputs = task.component.get("outputDefinitions", {}).get("artifacts", {})
        if items * _ARTIFACT > _ARGUMENT and outputs:
            yield Finding(
                "collection_too_large",
                f"{task.name}.items",
                f"must be at most {_ARGUMENT // _ARTIFACT} if artifacts are collected, got "
                f"{items}: KFP passes the list as one argument, which Linux limits to {_ARGUMENT} "
                "bytes, and the collecting task fails. Collect groups, and then their results.",
                task,
                fatal=True,
            )


def argument_too_large(definition: Definition) -> Iterator[Finding]:
    """Find components and constants that do not fit into one argument of a process."""
    for task in definition.tasks:
        parts = {"component": task.component, "command": task.container, "inputs": task.spec}
        for part, value in parts.items():
            size = _bytes(value)
            if task.executor and size > _ARGUMENT:
                yield Finding(
                    "argument_too_large",
                    f"{task.name}'s {part}",
                    f"must have at most {_ARGUMENT} bytes as JSON, got {size}: KFP passes it as "
                    "one argument of a process, which Linux refuses. Move large content to the "
                    "image, or to an artifact.",
                    task,
                    fatal=True,
                )


def definition_too_large(definition: Definition) -> Iterator[Finding]:
    """Find definitions whose workflow is too large for etcd.

    KFP 2.17 writes components and containers into the workflow once, and tasks with their constants
    twice: 8 components with sources of 100,000 bytes were accepted, but 8 tasks with constants of
    that size were refused.
    """
    components = [definition.root, *definition.spec.get("components", {}).values()]
    size = _bytes(definition.spec) + sum(_bytes(each.get("dag", {})) for each in components)
    if size > _OBJECT:
        yield Finding(
            "definition_too_large",
            "the definition",
            f"must have at most {_OBJECT} bytes as JSON, tasks counted twice, got {size}: KFP makes "
            "one workflow of it, and Kubernetes refuses larger objects. Use a loop instead of "
            "copies of tasks, or several pipelines.",
            fatal=True,
        )


def no_requests(definition: Definition) -> Iterator[Finding]:
    """Find tasks that do not request resources, and report them in one finding."""
    without = [task for task in definition.tasks if task.container and _missing(task)]
    if without:
        names = ", ".join(task.name for task in without[:_NAMED])
        more = f" and {len(without) - _NAMED} more" if len(without) > _NAMED else ""
        yield Finding(
            "no_requests",
            f"set_cpu_request and set_memory_request of {names}{more}",
            "must be called: without requests Kubernetes places any number of pods on a node, and "
            "evicts these first. Request what the components need.",
            without[0],
        )


def _missing(task: Task) -> bool:
    resources = task.container.get("resources", {})
    # The first of each pair since KFP 2.11; older definitions have the second.
    return not all(
        resources.get(f"resource{kind}Request") or resources.get(f"{kind.lower()}Request")
        for kind in ("Cpu", "Memory")
    )


def _items(task: Task) -> int:
    """Return the number of a loop's items if the definition contains them."""
    iterator = task.spec.get("parameterIterator", {})
    raw = iterator.get("items", {}).get("raw")
    return len(json.loads(raw)) if raw else 0


def _bytes(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode())
