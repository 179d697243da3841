"""One compilation: load, compile by KFP, name the images, write."""

import os
import sys
import tempfile
from pathlib import Path

from kfp_compiler.errors import describe
from kfp_compiler.images import check_placeholders, inject_images
from kfp_compiler.request import Request
from kfp_compiler.sources import find_function, import_roots, link_sources, load_source


def compile_request(request: Request) -> str | None:
    """Compile as asked; return why that failed, or None. A failure leaves no output behind."""
    with tempfile.TemporaryDirectory(prefix="kfp_compile.") as folder:
        tree = Path(folder).resolve()
        names = link_sources(tree, request.files)
        sys.path[:] = _without_doubles([*sys.path, *import_roots(tree, request.roots)])
        try:
            _compile(request, tree)
        except (Exception, SystemExit) as error:
            return describe(error, request.label, request.source, names)
    return None


def _without_doubles(paths: list[str]) -> list[str]:
    return list(dict.fromkeys(paths))


def _compile(request: Request, tree: Path) -> None:
    module = load_source(str(tree / _runfiles_path(request)))
    component = find_function(module, request.kind, request.function)
    written = tree / f"out{Path(request.out).suffix}"
    _write(request, component, written)
    text = written.read_text(encoding="utf-8")
    check_placeholders(text, request.images)
    _move(text, request.out)


def _runfiles_path(request: Request) -> str:
    return next(path for path, file in request.files.items() if file == request.source)


def _write(request: Request, component: object, path: Path) -> None:
    from kfp import compiler

    from kfp_compiler.resolved import Resolved

    resolved = Resolved(component)
    if request.images:
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
