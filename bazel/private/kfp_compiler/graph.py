"""A compiled pipeline as a Mermaid diagram: tasks, what flows between them, conditions, loops."""

from collections.abc import Iterator, Mapping

_UPSTREAM = {"taskOutputParameter": "outputParameterKey", "taskOutputArtifact": "outputArtifactKey"}
_LONGEST = 100  # characters of a title
_EVEN_IF_FAILED = "ALL_UPSTREAM_TASKS_COMPLETED"


def graph_markdown(spec: Mapping) -> str:
    """Return a Markdown page with the diagram of a PipelineSpec given as a dictionary."""
    name = spec["pipelineInfo"]["name"]
    lines = _dag(spec, spec["root"]["dag"], "", "  ")
    return "\n".join([f"# {name}", "", "```mermaid", "flowchart TD", *lines, "```", ""])


def _dag(spec: Mapping, dag: Mapping, prefix: str, indent: str) -> Iterator[str]:
    """Yield the tasks of a DAG, then the arrows between them."""
    for key, task in sorted(dag["tasks"].items()):
        yield from _task(spec, prefix + key, task, indent)
    for key, task in sorted(dag["tasks"].items()):
        for source, labels in _sources(task).items():
            yield indent + _arrow(prefix + source, prefix + key, labels, task)


def _task(spec: Mapping, key: str, task: Mapping, indent: str) -> Iterator[str]:
    component = spec["components"][task["componentRef"]["name"]]
    title = _quoted(_title(task))
    if "dag" in component:
        yield f"{indent}subgraph {_id(key)}[{title}]"
        yield from _dag(spec, component["dag"], f"{key}/", indent + "  ")
        yield f"{indent}end"
    elif _is_importer(spec, component):
        yield f"{indent}{_id(key)}[({title})]"
    else:
        yield f"{indent}{_id(key)}[{title}]"


def _is_importer(spec: Mapping, component: Mapping) -> bool:
    return "importer" in spec["deploymentSpec"]["executors"][component["executorLabel"]]


def _title(task: Mapping) -> str:
    """Return the task's name, and when or how often it runs.

    It is one line, as Mermaid draws the content of a box over a second line of its title.
    """
    condition = task.get("triggerPolicy", {}).get("condition")
    iterator = task.get("parameterIterator") or task.get("artifactIterator")
    parts = [task["taskInfo"]["name"]]
    if condition:
        parts.append(f"if {_readable(condition)}")
    if iterator:
        items = iterator["items"]
        each = items.get("raw") or items.get("inputParameter") or items.get("inputArtifact")
        parts.append(f"for each of {each}")
    title = " ".join(" ".join(parts).split())
    return title if len(title) <= _LONGEST else title[: _LONGEST - 1] + "…"


def _readable(condition: str) -> str:
    """Return a condition with plain names."""
    return condition.replace("inputs.parameter_values['", "").replace("']", "")


def _sources(task: Mapping) -> dict[str, list[str]]:
    """Return the tasks that a task waits for, with the names of what it gets from each."""
    sources: dict[str, list[str]] = {name: [] for name in task.get("dependentTasks", [])}
    inputs = task.get("inputs", {})
    for port in [*inputs.get("parameters", {}).values(), *inputs.get("artifacts", {}).values()]:
        for kind, key in _UPSTREAM.items():
            if kind in port:
                labels = sources.setdefault(port[kind]["producerTask"], [])
                labels.extend({port[kind][key]} - set(labels))
    return sources


def _arrow(source: str, target: str, labels: list[str], task: Mapping) -> str:
    line = "-.->" if task.get("triggerPolicy", {}).get("strategy") == _EVEN_IF_FAILED else "-->"
    label = f"|{_quoted(', '.join(sorted(labels)))}|" if labels else ""
    return f"{_id(source)} {line}{label} {_id(target)}"


def _id(key: str) -> str:
    """Return a name Mermaid takes, another for each key: KFP never has two dashes in a row.

    A task called `end` would close a subgraph.
    """
    return "t_" + key.replace("/", "__").replace("-", "_")


def _quoted(text: str) -> str:
    # By this prefix KFP marks what comes from outside of a condition or loop.
    text = text.replace("pipelinechannel--", "")
    return '"' + text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;") + '"'
