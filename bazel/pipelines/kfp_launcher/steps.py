"""The tasks in a pipeline's definition, as far as they are known before it runs."""

import dataclasses
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from google.protobuf import json_format
from kfp.dsl import component_factory
from kfp.dsl.base_component import BaseComponent
from packaging.requirements import InvalidRequirement, Requirement

COMPONENT_PREFIX = "comp-"
_ITERATORS = ("artifactIterator", "parameterIterator")

Json = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Step:
    """A task, or the template of the tasks of a loop.

    Attributes:
        component: Key of its component in the definition: `comp-` followed by a unique name.
        executor: Its executor in the definition.
        platform: Its configuration for Kubernetes in the definition.
        inputs: Its parameters, except for those whose value is known only during a run.
        conditional: Whether it runs only if a condition holds.
        repeated: Whether it is in a loop.
    """

    component: str
    executor: Json
    platform: Json
    inputs: Mapping[str, Any]
    conditional: bool
    repeated: bool

    @property
    def name(self) -> str:
        """The task's name, which KFP's local runner also gives to its folder."""
        return self.component.removeprefix(COMPONENT_PREFIX)

    @property
    def container(self) -> Json | None:
        """The container, unless it is an importer."""
        return self.executor.get("container")

    @property
    def importer(self) -> Json | None:
        """The importer, unless it is a container."""
        return self.executor.get("importer")

    @property
    def runs_python_function(self) -> bool:
        """Whether the definition holds the Python function that it runs."""
        command = self.container.get("command", [])
        built = component_factory.CONTAINERIZED_PYTHON_COMPONENT_COMMAND
        named = any(component_factory.EXECUTOR_MODULE in part for part in command)
        return named and command[: len(built)] != built

    @property
    def uri(self) -> str | None:
        """The URI that an importer imports; None if it is known only during a run."""
        source = self.importer["artifactUri"]
        if "constant" in source:
            return source["constant"]
        return self.inputs.get(source["runtimeParameter"])


def steps(component: BaseComponent, arguments: Mapping[str, Any]) -> list[Step]:
    """Return all tasks of a pipeline or component.

    Args:
        component: The pipeline or component.
        arguments: Its arguments.
    """
    spec = json_format.MessageToDict(component.pipeline_spec)
    platform = json_format.MessageToDict(component.platform_spec)
    return list(_Walk(spec, platform).tasks(spec["root"], arguments, False, False))


class _Walk:
    """A walk through the DAGs of a definition."""

    def __init__(self, spec: Json, platform: Json):
        self._components = spec["components"]
        self._executors = spec["deploymentSpec"]["executors"]
        kubernetes = platform.get("platforms", {}).get("kubernetes", {})
        self._platform = kubernetes.get("deploymentSpec", {}).get("executors", {})

    def tasks(
        self, component: Json, given: Mapping[str, Any], conditional: bool, repeated: bool
    ) -> Iterator[Step]:
        values = _defaults(component) | dict(given)
        for task in component["dag"]["tasks"].values():
            key = task["componentRef"]["name"]
            inner = self._components[key]
            inputs = task.get("inputs", {}).get("parameters", {})
            known = dict(_known(inputs, values))
            perhaps = conditional or "condition" in task.get("triggerPolicy", {})
            often = repeated or not task.keys().isdisjoint(_ITERATORS)
            if "dag" in inner:
                hidden = {k: None for k in inputs if k not in known}
                yield from self.tasks(inner, known | hidden, perhaps, often)
                continue
            label = inner["executorLabel"]
            default = {k: v for k, v in _defaults(inner).items() if k not in inputs}
            yield Step(
                key,
                self._executors[label],
                self._platform.get(label, {}),
                default | known,
                perhaps,
                often,
            )


def _defaults(component: Json) -> Json:
    parameters = component.get("inputDefinitions", {}).get("parameters", {})
    return {k: p["defaultValue"] for k, p in parameters.items() if "defaultValue" in p}


def _known(inputs: Json, values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the task's parameters whose value is known."""
    for name, source in inputs.items():
        if "parameterExpressionSelector" in source:
            continue
        constant = source.get("runtimeValue", {}).get("constant")
        outer = values.get(source.get("componentInputParameter"))
        value = outer if constant is None else constant
        if value is not None and "{{$" not in str(value):
            yield name, value


def packages(step: Step) -> list[Requirement | str]:
    """Return what a component installs when it starts, except for kfp; unparsed if only pip can."""
    found: list[Requirement | str] = []
    for word in _installed(without_pip(step.container.get("command", []))[1]):
        try:
            requirement = Requirement(word)
        except InvalidRequirement:
            found.append(word)
            continue
        if requirement.name != "kfp" and (not requirement.marker or requirement.marker.evaluate()):
            found.append(requirement)
    return found


def without_pip(command: list[str]) -> tuple[list[str], str]:
    """Split a component's command into the one that runs its function and the script before it.

    The script is written by KFP. It installs packages and then runs the command in its arguments.
    """
    if command[:2] == ["sh", "-c"] and "-m pip install" in command[2]:
        return command[3:], command[2]
    return command, ""


def _installed(script: str) -> Iterator[str]:
    """Yield the requirements that the pip commands of a script install."""
    words, before, installing = iter(shlex.split(script)), "", False
    for word in words:
        if (before, word) == ("pip", "install"):
            installing = True
        elif word == "&&":
            installing = False
        elif word in ("--index-url", "--extra-index-url", "--trusted-host"):
            next(words)
        elif installing and not word.startswith("-"):
            yield word
        before = word
