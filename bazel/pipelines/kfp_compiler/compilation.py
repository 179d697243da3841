"""One compilation: load the source, compile it with KFP, insert the images and write the result."""

from pathlib import Path
from typing import TYPE_CHECKING

from kfp_compiler.errors import CompileError
from kfp_compiler.images import check_placeholders, inject_images
from kfp_compiler.interface import interface_json
from kfp_compiler.request import Request
from kfp_compiler.sources import find_function, load_source
from kfp_compiler.traps.definition import Definition
from kfp_compiler.traps.lines import Lines
from kfp_compiler.traps.report import Options, report_traps
from kfp_compiler.wheels import check_wheels, deliver_wheels

if TYPE_CHECKING:
    from google.protobuf.message import Message


def write_definition(request: Request, tree: Path, path: Path, lines: Lines) -> str:
    """Write a definition; return its interface, if one is requested.

    Args:
        request: What to compile.
        tree: The folder of the declared sources.
        path: The file to which the definition is written.
        lines: The source lines on which tasks are created.
    """
    _set_defaults(request)
    module = load_source(str(tree / request.source_path()))
    spec = _write(request, find_function(module, request.kind, request.function), path)
    _report_traps(request, spec, lines)
    text = path.read_text(encoding="utf-8")
    check_placeholders(text, [*request.images, *request.wheels])
    _check_paths(text, tree)
    return _interface(request, spec)


def _set_defaults(request: Request) -> None:
    """Set the options that decorators read while the source is loaded."""
    from kfp.dsl.pipeline_context import Pipeline

    # The attribute with which KFP's own command line turns caching off.
    Pipeline._execution_caching_default = request.caching
    deliver_wheels(request.wheels)


def _write(request: Request, component: object, path: Path) -> "Message":
    """Write the definition; return its PipelineSpec."""
    from kfp import compiler
    from kfp.compiler.compiler_utils import KubernetesManifestOptions

    from kfp_compiler.resolved import Resolved

    resolved = Resolved(component)
    inject_images(resolved.pipeline_spec.deployment_spec, request.images)
    check_wheels(resolved.pipeline_spec.deployment_spec, request.wheels)
    if request.normal:
        resolved.pipeline_spec.sdk_version = "kfp"
    compiler.Compiler().compile(
        pipeline_func=resolved,
        package_path=str(path),
        pipeline_parameters=request.parameters or None,
        type_check=request.type_check,
        kubernetes_manifest_format=request.manifest is not None,
        kubernetes_manifest_options=KubernetesManifestOptions(**request.manifest or {}),
    )
    return resolved.pipeline_spec


def _check_paths(text: str, tree: Path) -> None:
    """Check that a definition does not name a folder that exists only during the compilation.

    Raises:
        CompileError: If a line of the output names one.
    """
    for line in text.splitlines():
        if str(tree) in line:
            raise CompileError(
                f"a definition must hold no path of the machine that compiles it, got the line "
                f"{line.strip()!r}. Pass the content of the file, or embed it in a component by "
                f"embedded_artifact_path."
            )


def _report_traps(request: Request, spec: "Message", lines: Lines) -> None:
    """Look for traps in a pipeline for a backend; skip normal forms and single components."""
    from google.protobuf import json_format

    if request.kind == "pipeline" and not request.normal:
        options = Options(request.label, request.source, request.strict, request.allow)
        placeholders = [
            *(image.placeholder for image in request.images),
            *(wheel.placeholder for wheel in request.wheels),
        ]
        repositories = [placeholder.rpartition(":")[0] for placeholder in placeholders]
        definition = json_format.MessageToDict(spec)
        ports = definition["root"].get("inputDefinitions", {}).get("parameters", {})
        for name, value in request.parameters.items():
            ports[name]["defaultValue"] = value
        report_traps(Definition(definition), repositories, options, lines)


def _interface(request: Request, spec: "Message") -> str:
    """Return the interface, if one is requested."""
    from google.protobuf import json_format

    if not request.interface:
        return ""
    return interface_json(json_format.MessageToDict(spec), request.version)
