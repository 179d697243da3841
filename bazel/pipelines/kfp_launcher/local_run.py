"""Runs a compiled pipeline or component on this machine, with its parameters as flags."""

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import kfp
from kfp import components, dsl
from kfp.dsl.base_component import BaseComponent
from kfp.dsl.types import type_utils

from kfp_launcher import page, runs
from kfp_launcher.engine import Engine, can_cache
from kfp_launcher.flags import CommandLine
from kfp_launcher.places import Images, InImage, OnEngine, OnHost, Place
from kfp_launcher.records import Run
from kfp_launcher.refusals import (
    RefusedError,
    control_flow,
    imports,
    missing_volumes,
    mounts,
    outside,
    refusals,
)
from kfp_launcher.report import Report
from kfp_launcher.steps import Step, steps
from kfp_launcher.values import is_parameter, user_directory

_OUTPUT_ROOT = "local_outputs"


def main(arguments: list[str]) -> int:
    """Run the pipeline or component; return 0 only if it succeeds."""
    target, rest = _target(arguments)
    component = components.load_component_from_file(target.definition)
    line = _command_line(component)
    options, values = line.parse(rest)
    root = user_directory() / options.output_root
    if options.list_runs or options.remove_runs:
        return _old_runs(line, options, root, component.name)
    if options.in_image and options.docker:
        line.error(f"{line.flag('in_image')} or {line.flag('docker')} must be given, but not both.")
    if options.cache and not can_cache():
        line.error(f"{line.flag('cache')} requires the local cache that kfp has had since 2.17.")
    try:
        place = _place(target, options)
        return _run(target.label, component, values, place, options, root)
    except RefusedError as error:
        print(error, file=sys.stderr)
        return 1


def _target(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Parse the arguments of the BUILD file, up to the first `--`, and return the rest as well."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--label")
    parser.add_argument("--definition", type=os.path.abspath)
    parser.add_argument("--container", type=os.path.abspath)
    parser.add_argument("--layouts", type=os.path.abspath, nargs="+", default=[])
    end = arguments.index("--")
    return parser.parse_args(arguments[:end]), arguments[end + 1 :]


def _command_line(component: BaseComponent) -> CommandLine:
    line = CommandLine(component, artifacts=True)
    line.add(
        "output_root",
        default=_OUTPUT_ROOT,
        metavar="FOLDER",
        help=f"keeps the runs (default: {_OUTPUT_ROOT}, where you are)",
    )
    line.add("in_image", action="store_true", help="run each task in its image, as on a cluster")
    line.add(
        "docker",
        action="store_true",
        help="the same with Docker or podman, which DOCKER_HOST selects",
    )
    line.add(
        "cache",
        action="store_true",
        help="reuse outputs of tasks that have succeeded with the same inputs",
    )
    line.add("verbose", action="store_true", help="show the output of KFP and of the tasks")
    line.add("list_runs", action="store_true", instead=True, help="list the saved runs")
    line.add(
        "remove_runs",
        instead=True,
        metavar="RUN",
        help="remove the named run, all that have `failed`, or `all`",
    )
    return line


def _old_runs(line: CommandLine, options: argparse.Namespace, root: Path, name: str) -> int:
    try:
        removed = runs.remove_runs(root, name, options.remove_runs) if options.remove_runs else []
    except ValueError as error:
        line.error(f"{line.flag('remove_runs')} {error}.")
    for folder in removed:
        print(f"removed {folder}")
    for described in runs.list_runs(root, name) if options.list_runs else ():
        print(described)
    return 0


def _place(target: argparse.Namespace, options: argparse.Namespace) -> Place:
    images = Images(target.container, target.layouts)
    if options.in_image:
        return InImage(target.label, images)
    return OnEngine(target.label, images) if options.docker else OnHost(target.label)


def _run(
    label: str,
    component: BaseComponent,
    values: Mapping[str, Any],
    place: Place,
    options: argparse.Namespace,
    root: Path,
) -> int:
    # Relative paths in parameters are relative to the user's working directory.
    os.chdir(user_directory())
    runnable, arguments = _with_imports(component, values)
    found = steps(runnable, arguments)
    if reasons := refusals(found, [control_flow(kfp.__version__)]):
        raise RefusedError("\n".join(sorted(reasons.values())))
    refused = refusals(found, [imports, outside, place.check])
    if certain := {
        refused[s.component] for s in found if s.component in refused and not s.conditional
    }:
        raise RefusedError("\n".join(sorted(certain)))
    root.mkdir(parents=True, exist_ok=True)
    run = Run(root, component.name, dict(values))
    report = Report(label, run)
    report.begin(place.preparation)
    for step in found:
        for path in missing_volumes(step):
            report.missing_volume(step.name, path)
    engine = Engine(run, found, place, refused, report.task, options.verbose)
    engine.execute(runnable, arguments, _seen(found), options.cache)
    written = page.write(run)
    if run.state != "succeeded":
        report.failure(engine.error)
        return 130 if run.state == "interrupted" else 1
    report.success(written)
    return 0


def _with_imports(
    component: BaseComponent, values: Mapping[str, Any]
) -> tuple[BaseComponent, Mapping[str, Any]]:
    """Return the component to run and its arguments; artifacts need a pipeline around it."""
    inputs = component.component_spec.inputs or {}
    paths = {name: path for name, path in values.items() if not is_parameter(inputs[name])}
    if not paths:
        return component, values
    parameters = {name: value for name, value in values.items() if name not in paths}

    def alone():
        imported = {
            name: dsl.importer(artifact_uri=path, artifact_class=_class(inputs[name].type)).output
            for name, path in paths.items()
        }
        component(**parameters, **imported)

    return dsl.pipeline(alone, name=component.name), {}


def _class(kind: str) -> type[dsl.Artifact]:
    """Return the class of an artifact type such as `system.Dataset@0.0.1`."""
    name = kind.partition("@")[0].removeprefix("system.").lower()
    return type_utils.ARTIFACT_CLASSES_MAPPING.get(name, dsl.Artifact)


def _seen(found: list[Step]) -> dict[str, bool]:
    """Return the files and folders that all tasks see, and whether they may write to them."""
    known = [value for step in found for value in step.inputs.values() if isinstance(value, str)]
    known += [os.path.abspath(s.uri) for s in found if s.importer and s.uri]
    read = {path: False for path in known if os.path.isabs(path) and os.path.exists(path)}
    return read | {path: True for step in found for path in mounts(step)}
