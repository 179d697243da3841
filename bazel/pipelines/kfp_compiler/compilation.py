"""One compilation: load, compile by KFP, name the images, write."""

import os
import sys
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kfp_compiler.archives import Archives
from kfp_compiler.declared_imports import forbid_undeclared_imports
from kfp_compiler.errors import describe
from kfp_compiler.images import check_placeholders, inject_images
from kfp_compiler.interface import interface_json
from kfp_compiler.kfp_import import spread_kfp
from kfp_compiler.request import Request
from kfp_compiler.sources import find_function, import_roots, link_sources, load_source
from kfp_compiler.traps.definition import Definition
from kfp_compiler.traps.lines import Lines
from kfp_compiler.traps.report import Options, report_traps
from kfp_compiler.wheels import check_wheels, deliver_wheels

if TYPE_CHECKING:
    from google.protobuf.message import Message


def compile_request(request: Request, folder: Path, archives: Archives) -> str | None:
    """Compile as asked, and leave no output behind if that fails.

    Args:
        request: What to compile.
        folder: An empty folder for temporary files.
        archives: What unpacks installed distributions; those of the request are added.

    Returns:
        Why it failed, or None.
    """
    tree = folder.resolve()
    names = link_sources(tree, request.files)
    warnings.showwarning = _warn_of(names)
    installed = archives.add(request.archives)
    loose = [root for root in request.roots if root not in archives.roots]
    sys.path[:] = dict.fromkeys([*sys.path, *import_roots(tree, loose), *installed])
    if installed:
        spread_kfp()
    forbid_undeclared_imports(tree, request.roots)
    try:
        _compile(request, tree, Lines(names))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a user's file raises
        return describe(error, request.label, request.source, names)
    return None


def _warn_of(names: Mapping[str, str]) -> Callable:
    """Return a way to show warnings that names sources as people know them."""

    def show(message, category, filename, lineno, file=None, line=None):
        place = f"{names.get(filename, filename)}:{lineno}"
        print(f"{place}: {category.__name__}: {message}", file=sys.stderr)

    return show


def _compile(request: Request, tree: Path, lines: Lines) -> None:
    _set_defaults(request)
    source = next(path for path, file in request.files.items() if file == request.source)
    component = find_function(load_source(str(tree / source)), request.kind, request.function)
    written = tree / f"out{Path(request.out).suffix}"
    spec = _write(request, component, written)
    text = written.read_text(encoding="utf-8")
    _report_traps(request, spec, lines)
    check_placeholders(text, [*request.images, *request.wheels])
    _move({request.out: text, **_interface(request, spec)})


def _set_defaults(request: Request) -> None:
    """Set what decorators read while the source is loaded."""
    from kfp.dsl.pipeline_context import Pipeline

    # The attribute by which KFP's own command line turns caching off.
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


def _report_traps(request: Request, spec: "Message", lines: Lines) -> None:
    """Look for traps in what goes to a backend; a normal form and a component alone do not."""
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


def _interface(request: Request, spec: "Message") -> dict[str, str]:
    """Return the interface, where one is asked for: file, to its text."""
    from google.protobuf import json_format

    if not request.interface:
        return {}
    return {request.interface: interface_json(json_format.MessageToDict(spec), request.version)}


def _move(texts: Mapping[str, str]) -> None:
    for out, text in texts.items():
        Path(f"{out}.unfinished").write_text(text, encoding="utf-8")
    for out in texts:
        os.replace(f"{out}.unfinished", out)
