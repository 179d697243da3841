"""Compares the manifests for `kubectl apply -k` with the pipelines that they were made from.

A manifest holds a whole pipeline once more, so it is not searched for anything: everything in it is
what the pipeline beside it says, or it does not belong in the bundle.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from google.protobuf import json_format, message
from kfp.pipeline_spec import pipeline_spec_pb2

from kfp_component_lib.verification.bundle import (
    MANIFESTS,
    PIPELINE,
    Files,
    manifests_in,
    pipelines_in,
)
from kfp_component_lib.verification.errors import DeliveryError
from kfp_component_lib.verification.pipelines import documents

Json = dict[str, Any]
KUSTOMIZATION = f"{MANIFESTS}kustomization.yaml"
_API = "pipelines.kubeflow.org/v2beta1"
_SUFFIX = ".manifest.yaml"


def check_manifests(files: Files, version: str) -> int:
    """Check that there is a manifest for each pipeline, which says the same as the pipeline.

    Args:
        files: The files of a bundle.
        version: The version of all pipelines.

    Returns:
        The number of manifests.

    Raises:
        DeliveryError: If a manifest is missing, added or different.
    """
    pipelines, manifests = pipelines_in(files), manifests_in(files)
    wanted = {manifest_name(file): file for file in pipelines}
    if manifests.keys() != {*wanted, KUSTOMIZATION}:
        raise DeliveryError(
            f"manifests of a bundle must be {sorted([*wanted, KUSTOMIZATION])}, one for each "
            f"pipeline, got {sorted(manifests)}."
        )
    _must_equal(KUSTOMIZATION, [_kustomization(wanted)], _read(KUSTOMIZATION, files))
    for manifest, file in wanted.items():
        _must_equal(
            manifest,
            list(_objects(_definition(file, _read(file, files)), version)),
            list(_canonical(manifest, _read(manifest, files))),
        )
    return len(wanted)


def manifest_name(pipeline: str) -> str:
    """Return the name of the manifest of a pipeline, which is named by its file."""
    return f"{MANIFESTS}{pipeline.removesuffix(PIPELINE)}{_SUFFIX}"


def _read(file: str, files: Files) -> list[Any]:
    return list(documents(file, files[file]))


def _kustomization(manifests: Mapping[str, str]) -> Json:
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": sorted(name.removeprefix(MANIFESTS) for name in manifests),
    }


def _objects(definition: tuple[Json, Json], version: str) -> Iterator[Json]:
    """Yield the objects of Kubernetes for a pipeline, with its platforms."""
    pipeline, platforms = definition
    name, text = pipeline["pipelineInfo"]["name"], pipeline["pipelineInfo"].get("description")
    described = {"description": text} if text else {}
    yield _object("Pipeline", name, {"displayName": name, **described})
    yield _object(
        "PipelineVersion",
        f"{name}-{version}",
        {
            "displayName": version,
            "pipelineName": name,
            "versionName": version,
            "pipelineSpec": pipeline,
            **({"platformSpec": platforms} if platforms else {}),
            **described,
        },
    )


def _object(kind: str, name: str, spec: Json) -> Json:
    return {"apiVersion": _API, "kind": kind, "metadata": {"name": name}, "spec": spec}


def _canonical(file: str, found: list[Any]) -> Iterator[Any]:
    """Yield the documents of a manifest, with specifications as `_definition` returns them."""
    for document in found:
        spec = document.get("spec") if isinstance(document, dict) else None
        if isinstance(spec, dict) and "pipelineSpec" in spec:
            platforms = [spec["platformSpec"]] if "platformSpec" in spec else []
            pipeline, platform = _definition(file, [spec["pipelineSpec"], *platforms])
            platformed = {"platformSpec": platform} if platforms else {}
            document = {**document, "spec": {**spec, "pipelineSpec": pipeline, **platformed}}
        yield document


def _definition(file: str, found: list[Any]) -> tuple[Json, Json]:
    """Return a specification and its platforms in the form in which equal ones are equal."""
    if len(found) > 2:
        raise DeliveryError(f"{file} must have at most two documents, got {len(found)}.")
    pipeline, platforms = (*found, {})[:2]
    return (
        _parsed(file, pipeline, pipeline_spec_pb2.PipelineSpec()),
        _parsed(file, platforms, pipeline_spec_pb2.PlatformSpec()),
    )


def _parsed(file: str, found: Any, into: message.Message) -> Json:
    try:
        return dict(json_format.MessageToDict(json_format.ParseDict(found, into)))
    except (json_format.Error, AttributeError, TypeError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:300]
        raise DeliveryError(
            f"{file} must be a {into.DESCRIPTOR.name} of KFP, got {reason!r}."
        ) from None


def _must_equal(file: str, wanted: list[Any], found: list[Any]) -> None:
    if difference := _difference(wanted, found):
        raise DeliveryError(
            f"{file} must say what the pipelines and the version of the bundle say, got another "
            f"{difference}. Build it with --config=release, or do not use it."
        )


def _difference(wanted: Any, found: Any, path: str = "") -> str:
    """Return the path of the first difference, or an empty text."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key in sorted({*wanted, *found}):
            below = f"{path}.{key}".removeprefix(".")
            if key not in wanted or key not in found:
                return below
            if different := _difference(wanted[key], found[key], below):
                return different
        return ""
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        pairs = enumerate(zip(wanted, found, strict=True))
        return next(filter(None, (_difference(w, f, f"{path}[{n}]") for n, (w, f) in pairs)), "")
    return "" if type(wanted) is type(found) and wanted == found else path or "document"
