"""Runs a pipeline or component on this machine, with its parameters as flags."""

import os
import sys
import warnings
from pathlib import Path

from kfp import local
from kfp.dsl.base_component import BaseComponent
from kfp_compiler.errors import Words
from kfp_compiler.sources import find_function, load_source

from kfp_launcher.flags import CommandLine

_OUTPUT_ROOT = "local_outputs"
_EXECUTOR_OUTPUT = "executor_output.json"


def main(arguments: list[str]) -> int:
    """Run it; print the path of every artifact it wrote."""
    component, output_root, values = _parse(arguments)
    # Components run in interpreters of their own, which know nothing of this one's imports.
    os.environ["PYTHONPATH"] = os.pathsep.join(os.path.abspath(path) for path in sys.path if path)
    # Relative paths among the parameters are relative to where the user is.
    os.chdir(os.environ.get("BUILD_WORKING_DIRECTORY", "."))
    root = Path(output_root).absolute()
    before = set(root.rglob("*"))
    if not _run(component, root, values):
        return 1
    for path in sorted(set(root.rglob("*")) - before):
        if path.is_file() and path.name != _EXECUTOR_OUTPUT:
            print(path)
    return 0


def _parse(arguments: list[str]) -> tuple[BaseComponent, str, dict[str, object]]:
    component, rest = _load(arguments)
    line = CommandLine(component, artifacts=False)
    line.add(
        "output_root",
        default=_OUTPUT_ROOT,
        help=f"folder for the artifacts (default: {_OUTPUT_ROOT}, where you are)",
    )
    options, values = line.parse(rest)
    return component, options.output_root, values


def _load(arguments: list[str]) -> tuple[BaseComponent, list[str]]:
    """Load what the BUILD file names by the first arguments; return the others with it."""
    label, kind, source, function, *rest = arguments
    path = os.path.abspath(source)
    try:
        return find_function(load_source(path), kind, function), rest
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a user's file raises
        sys.exit(Words(label, source, {path: source}).of_error(error))


def _run(component: BaseComponent, root: Path, values: dict[str, object]) -> bool:
    # The runner wonders at every image that is not called python. Ours holds what runs here.
    warnings.filterwarnings("ignore", message="You may be attemping to run a task")
    local.init(local.SubprocessRunner(use_venv=False), pipeline_root=str(root))
    try:
        component(**values)
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
