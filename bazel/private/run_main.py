"""Runs a pipeline on this machine, with the pipeline's parameters as flags."""

import argparse
import json
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

from kfp import local
from kfp.dsl.graph_component import GraphComponent
from kfp_compiler.errors import describe
from kfp_compiler.sources import find_function, load_source

_OUTPUT_ROOT = "local_outputs"
_EXECUTOR_OUTPUT = "executor_output.json"


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


def _json(kind: type) -> Callable[[str], object]:
    def parse(text: str) -> object:
        value = json.loads(text)
        if not isinstance(value, kind):
            raise ValueError(text)
        return value

    parse.__name__ = f"JSON {kind.__name__}"
    return parse


_boolean.__name__ = "boolean (true or false)"
_TYPES: dict[str, Callable[[str], object]] = {
    "String": str,
    "Integer": int,
    "Float": float,
    "Boolean": _boolean,
    "List": _json(list),
    "Dict": _json(dict),
}


def _load(source: str, function: str) -> GraphComponent:
    path = os.path.abspath(source)
    try:
        return find_function(load_source(path), "pipeline", function)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a user's file raises
        sys.exit(describe(error, "this target", source, {path: source}))


def _add_parameters(parser: argparse.ArgumentParser, pipeline: GraphComponent) -> None:
    group = parser.add_argument_group("parameters of the pipeline")
    for name, spec in (pipeline.component_spec.inputs or {}).items():
        default = f" (default: {json.dumps(spec.default)})" if spec.optional else " (required)"
        group.add_argument(
            f"--{name}",
            type=_TYPES.get(spec.type, str),
            required=not spec.optional,
            default=argparse.SUPPRESS,
            metavar=spec.type.upper(),
            help=f"{spec.description or ''}{default}".replace("%", "%%").strip(),
        )


def _parse(arguments: list[str]) -> tuple[GraphComponent, str, dict[str, object]]:
    own = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    own.add_argument("--pipeline_source", required=True)
    own.add_argument("--pipeline_function", default="")
    target, rest = own.parse_known_args(arguments)
    pipeline = _load(target.pipeline_source, target.pipeline_function)
    parser = argparse.ArgumentParser(
        prog=pipeline.name, description=pipeline.description, allow_abbrev=False
    )
    parser.add_argument(
        "--output_root",
        default=_OUTPUT_ROOT,
        help=f"folder for the artifacts (default: {_OUTPUT_ROOT}, where you are)",
    )
    _add_parameters(parser, pipeline)
    values = vars(parser.parse_args(rest))
    return pipeline, values.pop("output_root"), values


def main(arguments: list[str]) -> int:
    """Run the pipeline; print the path of every artifact it wrote."""
    pipeline, output_root, values = _parse(arguments)
    # Components run in interpreters of their own, which know nothing of this one's imports.
    os.environ["PYTHONPATH"] = os.pathsep.join(os.path.abspath(path) for path in sys.path if path)
    # Relative paths among the parameters are relative to where the user is.
    os.chdir(os.environ.get("BUILD_WORKING_DIRECTORY", "."))
    root = Path(output_root).absolute()
    before = set(root.rglob("*"))
    if not _run(pipeline, root, values):
        return 1
    for path in sorted(set(root.rglob("*")) - before):
        if path.is_file() and path.name != _EXECUTOR_OUTPUT:
            print(path)
    return 0


def _run(pipeline: GraphComponent, root: Path, values: dict[str, object]) -> bool:
    # The runner wonders at every image that is not called python. Ours holds what runs here.
    warnings.filterwarnings("ignore", message="You may be attemping to run a task")
    local.init(local.SubprocessRunner(use_venv=False), pipeline_root=str(root))
    try:
        pipeline(**values)
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
