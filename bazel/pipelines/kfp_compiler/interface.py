"""The inputs and outputs of a compiled definition, which a release guarantees."""

import json
from collections.abc import Mapping


def interface_json(spec: Mapping, version: str) -> str:
    """Return the interface as JSON.

    Args:
        spec: A PipelineSpec as a dictionary.
        version: The version of the module that defines it.
    """
    root = spec["root"]
    interface = {
        "name": spec["pipelineInfo"]["name"],
        "version": version,
        "inputs": _ports(root.get("inputDefinitions", {}), _input),
        "outputs": _ports(root.get("outputDefinitions", {}), _output),
    }
    return json.dumps(interface, indent=2, ensure_ascii=False) + "\n"


def _ports(definitions: Mapping, describe) -> dict[str, object]:
    ports = {**definitions.get("parameters", {}), **definitions.get("artifacts", {})}
    return {name: describe(ports[name]) for name in sorted(ports)}


def _input(port: Mapping) -> dict[str, object]:
    return {"type": _type(port), "optional": port.get("isOptional", False)}


def _output(port: Mapping) -> dict[str, object]:
    return {"type": _type(port)}


def _type(port: Mapping) -> str:
    if "parameterType" in port:
        return port["parameterType"]
    kind = port["artifactType"]
    title = kind.get("schemaTitle") or kind.get("instanceSchema") or kind.get("schemaUri")
    return f"list of {title}" if port.get("isArtifactList") else title
