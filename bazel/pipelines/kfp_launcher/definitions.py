"""A compiled definition in the form that the server accepts."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2

_DIGEST_LENGTH = 12


@dataclass(frozen=True)
class Definition:
    """A compiled definition.

    Attributes:
        pipeline: The PipelineSpec.
        platforms: Its configuration for Kubernetes and other platforms; may be empty.
    """

    pipeline: dict[str, Any]
    platforms: dict[str, Any]

    @property
    def name(self) -> str:
        """The pipeline's name."""
        return self.pipeline["pipelineInfo"]["name"]

    @property
    def description(self) -> str:
        """The pipeline's description of itself; may be empty."""
        return self.pipeline["pipelineInfo"].get("description", "")

    @property
    def digest(self) -> str:
        """A short digest of the whole definition."""
        return _digest({"pipeline": self.pipeline, "platforms": self.platforms})

    def document(self) -> dict[str, Any]:
        """Return it in the form that the server's API accepts and returns."""
        if not self.platforms:
            return self.pipeline
        return {"pipeline_spec": self.pipeline, "platform_spec": self.platforms}

    def dags(self) -> Iterator[dict[str, Any]]:
        """Yield the tasks of every DAG, including inner ones."""
        for component in (self.pipeline["root"], *self.pipeline.get("components", {}).values()):
            yield component.get("dag", {}).get("tasks", {})


def read_definition(path: str) -> Definition:
    """Read a definition that `kfp_pipeline` has compiled to YAML or JSON."""
    documents = list(yaml.safe_load_all(Path(path).read_text(encoding="utf-8")))
    return _parsed(documents[0], documents[1] if len(documents) > 1 else {})


def from_server(document: dict[str, Any]) -> Definition:
    """Return the definition that the server has for a version or a run."""
    if "pipeline_spec" in document:
        return _parsed(document["pipeline_spec"], document.get("platform_spec") or {})
    return _parsed(document, {})


def without_cache(definition: Definition) -> Definition:
    """Return the same pipeline with caching turned off for all tasks at any depth."""
    copy = Definition(json.loads(json.dumps(definition.pipeline)), definition.platforms)
    for tasks in copy.dags():
        for task in tasks.values():
            task.pop("cachingOptions", None)
    return copy


def _parsed(pipeline: dict[str, Any], platforms: dict[str, Any]) -> Definition:
    """Return a normal form, which is equal for two definitions with the same meaning."""
    spec = json_format.ParseDict(pipeline, pipeline_spec_pb2.PipelineSpec())
    platform = json_format.ParseDict(platforms, pipeline_spec_pb2.PlatformSpec())
    return Definition(json_format.MessageToDict(spec), json_format.MessageToDict(platform))


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_LENGTH]
