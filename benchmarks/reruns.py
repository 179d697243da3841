"""The tasks of a pipeline that KFP runs again after it was compiled anew.

KFP answers a task from its cache if its image, its command, its parameters and the names of its input
artifacts are those of an earlier run. A task that runs again writes new artifacts, so the tasks that read
them run again too.
"""

from collections.abc import Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import yaml

_IN_THE_KEY = ("image", "command", "args")

Spec = dict[str, Any]


def read_spec(path: Path) -> Spec:
    """Return the specification of a compiled pipeline, without that of the platform."""
    return dict(next(yaml.safe_load_all(path.read_text(encoding="utf-8"))))


def containers(spec: Spec) -> dict[str, Spec]:
    """Return the part of each container that is in the key of KFP's cache, by its executor."""
    return {
        name: {key: executor["container"].get(key) for key in _IN_THE_KEY}
        for name, executor in spec["deploymentSpec"]["executors"].items()
        if "container" in executor
    }


def changed(before: Spec, after: Spec) -> set[str]:
    """Return the executors whose container is new or differs."""
    old = containers(before)
    return {name for name, container in containers(after).items() if container != old.get(name)}


def run_again(before: Spec, after: Spec) -> set[str]:
    """Return the executors that run again: those that changed, and what reads their artifacts.

    All branches of conditions are followed, although a run takes only one of them.
    """
    walk = _Walk(after, changed(before, after))
    walk.component(after["root"], set())
    return walk.again


class _Walk:
    """Follows artifacts from the tasks that run again.

    Attributes:
        again: The executors that were found to run again.
    """

    def __init__(self, spec: Spec, again: set[str]):
        self.again = set(again)
        self._components = spec.get("components", {})
        self._containers = containers(spec)

    def component(self, component: Spec, new: set[str]) -> set[str]:
        """Return which output artifacts of a component are new, if these inputs are."""
        if "dag" in component:
            return self._dag(component["dag"], new)
        executor = component["executorLabel"]
        if executor not in self._containers:
            return set()
        if new:
            self.again.add(executor)
        if executor not in self.again:
            return set()
        return set(component.get("outputDefinitions", {}).get("artifacts", {}))

    def _dag(self, dag: Spec, new: set[str]) -> set[str]:
        tasks = dag["tasks"]
        order = {name: task.get("dependentTasks", ()) for name, task in tasks.items()}
        made: dict[str, set[str]] = {}
        for name in TopologicalSorter(order).static_order():
            inputs = tasks[name].get("inputs", {}).get("artifacts", {})
            fed = {key for key, source in inputs.items() if _is_new(source, new, made)}
            made[name] = self.component(self._component_of(tasks[name]), fed)
        outputs = dag.get("outputs", {}).get("artifacts", {})
        return {key for key, output in outputs.items() if _selects_new(output, made)}

    def _component_of(self, task: Spec) -> Spec:
        return dict(self._components[task["componentRef"]["name"]])


def _is_new(source: Spec, new: set[str], made: Mapping[str, set[str]]) -> bool:
    if "componentInputArtifact" in source:
        return source["componentInputArtifact"] in new
    output = source["taskOutputArtifact"]
    return output["outputArtifactKey"] in made[output["producerTask"]]


def _selects_new(output: Spec, made: Mapping[str, set[str]]) -> bool:
    selectors = output["artifactSelectors"]
    return any(one["outputArtifactKey"] in made[one["producerSubtask"]] for one in selectors)
