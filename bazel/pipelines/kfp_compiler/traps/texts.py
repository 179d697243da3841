"""Rules about text, in which Kubernetes, Argo and KFP make replacements."""

import re
from collections.abc import Iterator, Mapping

from kfp_compiler.traps.definition import Definition, Finding, Task

# In an argument Kubernetes replaces `$$` by `$`, and `$(NAME)` by the value of the container's
# variable of that name: https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/
_DOLLARS = re.compile(r"\$\$")
_VARIABLE = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_]*)\)")
# The variables that KFP 2.17 and Kubernetes themselves set in a task's container.
_SET_BY_KFP = re.compile(
    r"KFP_.*|POD_.*|NAMESPACE|KUBERNETES_.*|ML_PIPELINE_.*|METADATA_.*|ARGO_.*"
)
# The names that Argo resolves in the templates of a workflow; it does not touch other names.
# https://argo-workflows.readthedocs.io/en/latest/variables/
_TEMPLATE = re.compile(
    r"\{\{\s*(?:=|(?:workflow|inputs|outputs|steps|tasks|pod|node|item|retries|lastRetry|cronworkflow)"
    r"\b)[^{}]*\}\}"
)
# KFP's own placeholders of parameters and of the properties of artifacts.
_CHANNEL = re.compile(r"\{\{\$\.inputs\.parameters\['(?:pipelinechannel--)?([^']+)'\]\}\}")


def parameter_in_constant(definition: Definition) -> Iterator[Finding]:
    """Find parameters that KFP pastes, unquoted, into the text of a constant."""
    for task in definition.tasks:
        for name, value in _constants(task):
            for text in _strings(value):
                for parameter in _CHANNEL.findall(text):
                    yield Finding(
                        "parameter_in_constant",
                        f"{task.name}.{name}",
                        f"must not hold the parameter {parameter!r} inside a constant: KFP pastes "
                        "its text in, so that a quote, a backslash or a line break in it breaks "
                        "the task, and a number becomes text. Pass it as an input of its own.",
                        task,
                    )


def substituted_text(definition: Definition) -> Iterator[Finding]:
    """Find constants and defaults whose text is changed on its way to the component."""
    for name, port in _ports(definition.root):
        for text in _strings(port.get("defaultValue")):
            yield from _substituted(text, f"the default of {name}", None, {})
    for task in definition.tasks:
        for name, value in _constants(task):
            for text in _strings(value):
                yield from _substituted(text, f"{task.name}.{name}", task, task.environment)
        for name, port in _ports(task.component):
            if task.executor and name not in task.parameters:
                for text in _strings(port.get("defaultValue")):
                    place = f"the default of {task.name}.{name}"
                    yield from _substituted(text, place, task, task.environment)


def substituted_source(definition: Definition) -> Iterator[Finding]:
    """Find commands and component sources that are changed on their way to the component."""
    for task in definition.tasks:
        for text in (*task.container.get("command", []), *task.container.get("args", [])):
            for line in text.splitlines():
                for finding in _substituted(line, f"{task.name}", task, task.environment):
                    yield Finding(
                        "substituted_source",
                        f"{task.name}'s source",
                        f"{finding.message} The line is {line.strip()[:120]!r}.",
                        task,
                    )


def _substituted(
    text: str, what: str, task: Task | None, environment: Mapping[str, str]
) -> Iterator[Finding]:
    for found, why, fatal in _replaced(text, environment):
        message = f"must arrive as it is written, got {found!r}: {why}. Write it in another way."
        yield Finding("substituted_text", what, message, task, fatal)


def _replaced(text: str, environment: Mapping[str, str]) -> Iterator[tuple[str, str, bool]]:
    if _DOLLARS.search(text):
        yield "$$", "Kubernetes turns two dollar signs into one", True
    for match in _VARIABLE.finditer(text):
        if match[1] in environment or _SET_BY_KFP.fullmatch(match[1]):
            yield match[0], "Kubernetes inserts the environment variable's value", False
    for match in _TEMPLATE.finditer(text):
        yield match[0], "Argo Workflows resolves it, or refuses the run if it cannot", False


def _constants(task: Task) -> Iterator[tuple[str, object]]:
    for name, source in task.parameters.items():
        if "runtimeValue" in source:
            yield name, source["runtimeValue"].get("constant")


def _ports(component: Mapping) -> Iterator[tuple[str, Mapping]]:
    yield from component.get("inputDefinitions", {}).get("parameters", {}).items()


def _strings(value: object) -> Iterator[str]:
    """Yield every text in a value, including the keys of dictionaries."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield key
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def substituted_value(value: object) -> Iterator[tuple[str, str]]:
    """Yield the parts of a parameter's value that are replaced on the way, and why."""
    for text in _strings(value):
        for found, why, _ in _replaced(text, {}):
            yield found, why
