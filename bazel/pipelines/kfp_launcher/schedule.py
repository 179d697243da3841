"""Makes the schedules of a pipeline on a server match the file beside the pipeline."""

import argparse
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import kfp_server_api

from kfp_launcher import server
from kfp_launcher.definitions import Definition, read_definition
from kfp_launcher.schedules import Plan, Schedule, ScheduleError, Step, read_schedules
from kfp_launcher.versions import find_pipeline, find_version, version_name

_PAGE = 100


def main(arguments: list[str]) -> int:
    """Report what would change, or change it."""
    package, version, label, file, *rest = arguments
    definition = read_definition(package)
    options = _parse(definition, version, rest)
    name = options.version_name or version_name(version, definition, release=options.release)
    inputs = definition.pipeline["root"].get("inputDefinitions", {}).get("parameters", {})
    try:
        schedules = read_schedules(file, inputs)
        api = _Api(server.connect(options), options.namespace)
        return _bring(api, label, definition, name, schedules, apply=options.apply)
    except server.ERRORS as error:
        print(server.explain(error, options), file=sys.stderr)
    except ScheduleError as error:
        print(error, file=sys.stderr)
    return 1


def _parse(definition: Definition, version: str, arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=f"{definition.name}.schedule", description=__doc__, allow_abbrev=False
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--plan", action="store_true", help="report what would change")
    what.add_argument("--apply", action="store_true", help="change it")
    parser.add_argument(
        "--release",
        action="store_true",
        help=f"run the version {version or 'of the module'}; by default the one with this content",
    )
    parser.add_argument("--version_name", help="run the version with this name")
    return server.parse_server(parser, arguments)


class _Api:
    """The part of the server's API that schedules need."""

    def __init__(self, client: kfp_server_api.ApiClient, namespace: str | None):
        self.client = client
        self.namespace = namespace
        self._runs = kfp_server_api.RecurringRunServiceApi(client)
        self._experiments = kfp_server_api.ExperimentServiceApi(client)
        self._options = {"namespace": namespace} if namespace else {}

    def schedules(self) -> list[kfp_server_api.V2beta1RecurringRun]:
        """Return all schedules."""
        return list(
            self._all(self._runs.recurring_run_service_list_recurring_runs, "recurring_runs")
        )

    def experiments(self) -> dict[str, str]:
        """Return the ids of all experiments by name."""
        found = self._all(self._experiments.experiment_service_list_experiments, "experiments")
        return {experiment.display_name: experiment.experiment_id for experiment in found}

    def add_experiments(self, names: Iterable[str]) -> None:
        """Create the experiments that do not exist yet."""
        known = self.experiments()
        for name in sorted(set(names) - set(known)):
            self._experiments.experiment_service_create_experiment(
                kfp_server_api.V2beta1Experiment(display_name=name, namespace=self.namespace)
            )

    def do(self, step: Step, plan: Plan, made: dict[str, str]) -> None:
        """Carry out one step; `made` holds the ids of the schedules that were created."""
        if step.action == "create" and step.schedule:
            run = self._runs.recurring_run_service_create_recurring_run(plan.body(step.schedule))
            made[step.name] = run.recurring_run_id
            return
        act = {
            "delete": self._runs.recurring_run_service_delete_recurring_run,
            "pause": self._runs.recurring_run_service_disable_recurring_run,
            "resume": self._runs.recurring_run_service_enable_recurring_run,
        }[step.action]
        act(step.run_id or made[step.name])

    def _all(self, call: Any, field: str) -> Iterator[Any]:
        token = ""
        while True:
            page = call(page_size=_PAGE, page_token=token, **self._options)
            yield from getattr(page, field) or []
            token = page.next_page_token
            if not token:
                return


def _bring(
    api: _Api,
    label: str,
    definition: Definition,
    version: str,
    schedules: tuple[Schedule, ...],
    *,
    apply: bool,
) -> int:
    version_id = _version_id(api, definition.name, version)
    if not version_id and apply and schedules:
        print(
            f"version must be one that the server has, got {version!r} of {definition.name}. "
            "Upload it first: bazel run NAME.upload",
            file=sys.stderr,
        )
        return 1
    if apply:
        api.add_experiments(schedule.experiment for schedule in schedules)
    plan = Plan(label, definition.name, version_id, schedules, api.schedules(), api.experiments())
    if not plan.steps:
        print(f"schedules of {definition.name}, version {version}: {len(schedules)}, unchanged")
    made: dict[str, str] = {}
    for step in plan.steps:
        print(f"{step.action}: {step.name} ({step.why})", flush=True)
        if apply:
            api.do(step, plan, made)
    if plan.foreign:
        print(f"schedules that were not made from this file: {len(plan.foreign)}, not touched")
    return 0


def _version_id(api: _Api, pipeline: str, version: str) -> str:
    """Return PIPELINE_ID/VERSION_ID, or an empty text if the server lacks either."""
    pipeline_id = find_pipeline(api.client, pipeline, api.namespace)
    found = find_version(api.client, pipeline_id, version) if pipeline_id else None
    return f"{pipeline_id}/{found.pipeline_version_id}" if found else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
