"""The images that compiled pipelines name, as a YAML parser reads them.

The text is never searched for them: YAML has many ways to write a key, so a program that matches
lines may see other images than a cluster does.
"""

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from kfp_component_lib.verification.errors import DeliveryError

_SPECIFICATION = ("pipelineInfo", "deploymentSpec", "root", "schemaVersion")
_DOCKER_HUB = ("docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com")
_REFERENCE = re.compile(
    r"(?!-)[\w.-]+(:\d+)?(/[\w.-]+)*(:[\w.-]{1,128})?(@sha256:[0-9a-fA-F]{64})?"
)
_DEPTH = 100


@dataclass(frozen=True)
class Pipeline:
    """What a compiled pipeline contains.

    Attributes:
        name: The name of the pipeline on a server.
        images: The image of each container executor, by the name of the executor.
        functions: The component's function that an executor runs, by the name of the executor.
        texts: All strings in it, whatever their purpose.
    """

    name: str
    images: Mapping[str, str]
    functions: Mapping[str, str]
    texts: frozenset[str]


def read_pipeline(file: str, content: bytes) -> Pipeline:
    """Return what a compiled pipeline contains.

    Args:
        file: Its file name, for error messages.
        content: YAML: the pipeline specification and, if there is one, the platform specification.

    Raises:
        DeliveryError: If it is not a compiled pipeline, one of its containers has no image, or
            readers could interpret it differently.
    """
    found = list(documents(file, content))
    specification = found[0] if found else None
    if not isinstance(specification, dict) or not all(k in specification for k in _SPECIFICATION):
        raise DeliveryError(
            f"{file} must be a compiled pipeline, with {', '.join(_SPECIFICATION)}, got another "
            "document."
        )
    images = dict(_images(file, specification))
    if not images:
        raise DeliveryError(
            f"{file} must name an image to run, but has no container with an image."
        )
    texts = frozenset(text for document in found for text in _texts(document))
    functions = dict(_functions(specification))
    return Pipeline(_text(file, specification["pipelineInfo"], "name"), images, functions, texts)


def texts_in(file: str, content: bytes) -> frozenset[str]:
    """Return all strings in a YAML file.

    Raises:
        DeliveryError: If it is not YAML, or readers could interpret it differently.
    """
    return frozenset(text for document in documents(file, content) for text in _texts(document))


def references_to(repository: str, texts: frozenset[str]) -> set[str]:
    """Return the strings that name an image in a repository, however the repository is written."""
    wanted = _normal(repository)
    return {
        text
        for text in texts
        if _REFERENCE.fullmatch(text.strip()) and _repository(text.strip()) == wanted
    }


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Reads YAML that has only one reading: no duplicate keys, no aliases, plain types."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            raise yaml.MarkedYAMLError(
                problem="aliases are not allowed", problem_mark=event.start_mark
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for number, key in enumerate(keys):
            if not isinstance(key, str) or key in keys[:number] or key == "<<":
                raise yaml.MarkedYAMLError(
                    problem=f"keys must be strings that differ, got {key!r}",
                    problem_mark=node.value[number][0].start_mark,
                )
        return dict(super().construct_mapping(node, deep=deep))


def documents(file: str, content: bytes) -> Iterator[Any]:
    """Yield the documents of a YAML file.

    Raises:
        DeliveryError: If it is not YAML, or readers could interpret it differently.
    """
    try:
        yield from yaml.load_all(content.decode("utf-8"), _Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:300]
        raise DeliveryError(f"{file} must be YAML with one reading, got {reason}.") from None


def _images(file: str, specification: dict[str, Any]) -> Iterator[tuple[str, str]]:
    deployment = specification["deploymentSpec"]
    executors = deployment.get("executors", {}) if isinstance(deployment, dict) else None
    if not isinstance(executors, dict):
        raise DeliveryError(f"{file} must have executors by name, got {executors!r}.")
    for name, executor in executors.items():
        if isinstance(executor, dict) and "container" in executor:
            yield name, _text(f"{file}: executor {name}", executor["container"], "image")


def _functions(specification: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the function of each executor that runs one, as KFP's own command line names it."""
    for name, executor in specification["deploymentSpec"].get("executors", {}).items():
        container = executor.get("container") if isinstance(executor, dict) else None
        args = container.get("args") if isinstance(container, dict) else None
        words = args if isinstance(args, list) else []
        for word, function in itertools.pairwise(words):
            if word == "--function_to_execute" and isinstance(function, str):
                yield name, function


def _text(where: str, found: Any, key: str) -> str:
    value = found.get(key) if isinstance(found, dict) else None
    if not isinstance(value, str) or not value.strip():
        raise DeliveryError(f"{where} must have a string {key}, got {value!r}.")
    return value


def _texts(value: Any, depth: int = 0) -> Iterator[str]:
    if depth > _DEPTH:
        raise DeliveryError(f"a pipeline must be nested less than {_DEPTH} deep, got more.")
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _texts(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, depth + 1)


def _repository(reference: str) -> str:
    """Return the normal form of the repository in a reference."""
    named = reference.partition("@")[0]
    path, colon, tag = named.rpartition(":")
    return _normal(path if colon and "/" not in tag else named)


def _normal(repository: str) -> str:
    """Return the canonical form of a repository, which may be written in several ways.

    Source:
        The reference grammar of distribution: a first part with a dot, a colon or `localhost` is a
        host. Without a host, the repository is on Docker Hub, where names with a single part are
        below `library`.
    """
    host, slash, path = repository.partition("/")
    if not slash or not ("." in host or ":" in host or host == "localhost"):
        host, path = "docker.io", repository
    name, _, port = host.lower().partition(":")
    host = name.removesuffix(".") + (f":{port}" if port not in ("", "443") else "")
    if host in _DOCKER_HUB:
        host, path = "docker.io", path if "/" in path else f"library/{path}"
    return f"{host}/{path.lower()}"
