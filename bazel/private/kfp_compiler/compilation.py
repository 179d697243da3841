"""One compilation: load, compile by KFP, name the images, write."""

import os
import sys
from pathlib import Path

from kfp_compiler.errors import describe
from kfp_compiler.images import check_placeholders, inject_images
from kfp_compiler.request import Request
from kfp_compiler.sources import find_function, import_roots, link_sources, load_source


def compile_request(request: Request, folder: Path) -> str | None:
    """Compile as asked, and leave no output behind if that fails.

    Args:
        request: What to compile.
        folder: An empty folder for temporary files.

    Returns:
        Why it failed, or None.
    """
    tree = folder.resolve()
    names = link_sources(tree, request.files)
    sys.path[:] = dict.fromkeys([*sys.path, *import_roots(tree, request.roots)])
    try:
        _compile(request, tree)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a user's file raises
        return describe(error, request.label, request.source, names)
    return None


def _compile(request: Request, tree: Path) -> None:
    source = next(path for path, file in request.files.items() if file == request.source)
    component = find_function(load_source(str(tree / source)), request.kind, request.function)
    written = tree / f"out{Path(request.out).suffix}"
    _write(request, component, written)
    text = written.read_text(encoding="utf-8")
    check_placeholders(text, request.images)
    _move(text, request.out)


def _write(request: Request, component: object, path: Path) -> None:
    from kfp import compiler

    from kfp_compiler.resolved import Resolved

    resolved = Resolved(component)
    inject_images(resolved.pipeline_spec.deployment_spec, request.images)
    if request.normal:
        resolved.pipeline_spec.sdk_version = "kfp"
    compiler.Compiler().compile(
        pipeline_func=resolved,
        package_path=str(path),
        pipeline_parameters=request.parameters or None,
    )


def _move(text: str, out: str) -> None:
    unfinished = f"{out}.unfinished"
    Path(unfinished).write_text(text, encoding="utf-8")
    os.replace(unfinished, out)
