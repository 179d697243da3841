"""Resource limits and retries for one run, which replace those in the pipeline."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from kfp_launcher.definitions import Definition
from kfp_launcher.values import WrongValueError

_ALL = "*"
_KEYS: dict[str, type] = {"cpu": str, "memory": str, "retries": int, "seconds": int}
_EXAMPLE = '\'{"train_linear_model": {"memory": "8Gi"}, "*": {"retries": 0}}\''


def with_limits(definition: Definition, limits: Mapping[str, Any]) -> Definition:
    """Return the same pipeline with other limits, which are not part of KFP's cache key.

    Args:
        definition: The pipeline.
        limits: Maps the name of a component, or `*` for all, to the limits of its tasks: `memory`
            and `cpu` in Kubernetes' notation, as both request and limit; `retries` after a failure;
            and the `seconds` after which a task is ended.

    Raises:
        WrongValueError: If a name, a key or a value is not valid.
    """
    changed = Definition(_copy(definition.pipeline), _copy(definition.platforms))
    known = _components(changed)
    # The limits of one component take precedence over those of all components.
    for name in sorted(limits, key=lambda name: name != _ALL):
        wanted = _checked(name, limits[name])
        component = name.replace("_", "-")
        if name != _ALL and component not in known:
            raise WrongValueError(
                f"name components of the pipeline, got {name!r}. It has {', '.join(sorted(known))}"
            )
        for each in known if name == _ALL else [component]:
            _change(changed, each, wanted)
    return changed


def _checked(name: str, wanted: object) -> Mapping[str, Any]:
    right = isinstance(wanted, Mapping) and all(
        key in _KEYS
        and type(value) is _KEYS[key]
        and (isinstance(value, str) or value >= (key == "seconds"))
        for key, value in wanted.items()
    )
    if not right:
        raise WrongValueError(
            f"give each component an object of memory and cpu as texts, retries and seconds as "
            f"whole numbers, got {json.dumps(wanted)} for {name!r}. Example: {_EXAMPLE}"
        )
    return wanted  # type: ignore[return-value]


def _change(definition: Definition, component: str, wanted: Mapping[str, Any]) -> None:
    executor = f"exec-{component}"
    container = definition.pipeline["deploymentSpec"]["executors"][executor]["container"]
    for key, field in (("cpu", "Cpu"), ("memory", "Memory")):
        if key in wanted:
            resources = container.setdefault("resources", {})
            for kind in ("Limit", "Request"):
                # The older field with the same meaning is a number, which backends before 2.4 read.
                resources.pop(f"{key}{kind}", None)
                resources[f"resource{field}{kind}"] = wanted[key]
    if "retries" in wanted:
        for task in _tasks(definition, component):
            task.setdefault("retryPolicy", {})["maxRetryCount"] = wanted["retries"]
    if "seconds" in wanted:
        _platform(definition, executor)["activeDeadlineSeconds"] = str(wanted["seconds"])


def _platform(definition: Definition, executor: str) -> dict[str, Any]:
    found: dict[str, Any] = definition.platforms
    for key in ("platforms", "kubernetes", "deploymentSpec", "executors", executor):
        found = found.setdefault(key, {})
    return found


def _tasks(definition: Definition, component: str) -> Iterator[dict[str, Any]]:
    for tasks in definition.dags():
        for task in tasks.values():
            if task["componentRef"]["name"] == f"comp-{component}":
                yield task


def _components(definition: Definition) -> list[str]:
    executors = definition.pipeline["deploymentSpec"]["executors"]
    return [name.removeprefix("exec-") for name, e in executors.items() if "container" in e]


def _copy(value: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(json.dumps(value)))
