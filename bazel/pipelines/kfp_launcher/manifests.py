"""A pipeline as Kubernetes objects, and as a file that a server loads when it starts."""

import re
from typing import Any

from kfp_launcher.definitions import Definition

_API = "pipelines.kubeflow.org/v2beta1"
# Kubernetes requires the names of objects to follow RFC 1123.
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_LONGEST = 253


class ObjectNameError(Exception):
    """Kubernetes would refuse a name; the message explains what to change."""


def objects(definition: Definition, version: str) -> list[dict[str, Any]]:
    """Return the `Pipeline` and the `PipelineVersion` of a definition.

    They have the names that the server itself gives to uploaded pipelines, so it does not matter
    how a version has reached the server.

    Args:
        definition: The compiled definition.
        version: The name of the version.

    Raises:
        ObjectNameError: If Kubernetes would refuse a name.
    """
    pipeline = _checked("pipeline.name", definition.name, 'Say @dsl.pipeline(name="…").')
    _checked("version", version, "Give MODULE.bazel such a version.")
    name = _checked("pipeline and version", f"{pipeline}-{version}", "Choose shorter names.")
    described = {"description": text} if (text := definition.description) else {}
    platforms = {"platformSpec": definition.platforms} if definition.platforms else {}
    return [
        _object("Pipeline", pipeline, {"displayName": pipeline, **described}),
        _object(
            "PipelineVersion",
            name,
            {
                "displayName": version,
                "pipelineName": pipeline,
                "versionName": version,
                "pipelineSpec": definition.pipeline,
                **platforms,
                **described,
            },
        ),
    ]


def kustomization(files: list[str]) -> dict[str, Any]:
    """Return a kustomization of files that contain objects."""
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": sorted(files),
    }


def sample_config(definitions: dict[str, Definition], versions: dict[str, str]) -> dict[str, Any]:
    """Return a configuration for the flag `--sampleconfig` of KFP's API server.

    Args:
        definitions: Each definition by the path under which the server finds it.
        versions: The name of each version, by the same path. The server never changes a version
            that it already has under this name, so the name must identify the content.
    """
    return {
        "loadSamplesOnRestart": True,
        "pipelines": [
            {
                "name": definition.name,
                "displayName": definition.name,
                "description": definition.description,
                "file": path,
                "versionName": versions[path],
                "versionDisplayName": versions[path],
            }
            for path, definition in sorted(definitions.items())
        ],
    }


def _object(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": _API, "kind": kind, "metadata": {"name": name}, "spec": spec}


def _checked(field: str, name: str, advice: str) -> str:
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise ObjectNameError(
            f"{field} must have at most {_LONGEST} lower-case letters, digits, '-' and '.', and begin "
            f"and end with a letter or digit, as Kubernetes requires, got {name!r}. {advice}"
        )
    return name
