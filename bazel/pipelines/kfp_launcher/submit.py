"""Submits a compiled pipeline to a Kubeflow Pipelines server, with its parameters as flags."""

import argparse
import json
import sys
import time
from typing import Any

import kfp_server_api
from kfp import components
from kfp.dsl.base_component import BaseComponent
from kfp_compiler.traps.texts import substituted_value

from kfp_launcher import server
from kfp_launcher.definitions import Definition, read_definition, without_cache
from kfp_launcher.flags import CommandLine
from kfp_launcher.limits import with_limits
from kfp_launcher.remote_runs import follow
from kfp_launcher.values import WrongValueError


def main(arguments: list[str]) -> int:
    """Submit; with --wait, return 0 only if the run succeeds."""
    package, *rest = arguments
    options, values = _parse(components.load_component_from_file(package), rest)
    try:
        definition = with_limits(read_definition(package), options.limits or {})
    except WrongValueError as error:
        print(f"--limits must {error}.", file=sys.stderr)
        return 2
    try:
        return _submit(definition, options, values)
    except server.ERRORS as error:
        print(server.explain(error, options), file=sys.stderr)
    except TimeoutError as error:
        print(error, file=sys.stderr)
    return 1


def _parse(
    pipeline: BaseComponent, arguments: list[str]
) -> tuple[argparse.Namespace, dict[str, object]]:
    line = CommandLine(pipeline, artifacts=False)
    server.add_server_flags(line.add)
    line.add("experiment", default="Default", help="created if there is none")
    line.add("run_name", help="default: the pipeline's name and the time")
    line.add("service_account", help="Kubernetes service account of the tasks")
    line.add("pipeline_root", help="URI below which the run stores its artifacts")
    line.add("no_cache", action="store_true", help="run every task, also in inner pipelines")
    line.add(
        "limits",
        type=_limits,
        metavar="JSON",
        help="memory, cpu, retries and seconds of tasks by component, * for all, such as "
        """'{"*": {"retries": 0}}'""",
    )
    line.add("wait", action="store_true", help="show progress until the run ends")
    line.add("timeout", type=float, help="seconds to wait; no limit by default")
    line.add("poll", type=float, default=5, help="seconds between two requests")
    options, values = line.parse(arguments)
    if not options.host and not options.kube_context:
        line.error(f"{line.flag('host')} must be given, or KFP_HOST set: the URL of a server.")
    for name, value in values.items():
        for found, why in substituted_value(value):
            line.error(
                f"--{name} must arrive as it is written, got {found!r}: {why}. Pass it in a file."
            )
    return options, values


def _limits(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"must be JSON, got {text!r} ({error})") from None
    if not isinstance(found, dict):
        raise argparse.ArgumentTypeError(f"must be a JSON object, got {text!r}")
    return found


def _submit(definition: Definition, options: argparse.Namespace, values: dict[str, object]) -> int:
    client = server.connect(options)
    if options.no_cache:
        definition = without_cache(definition)
    name = options.run_name or f"{definition.name} {time.strftime('%Y-%m-%d %H-%M-%S')}"
    run = kfp_server_api.RunServiceApi(client).run_service_create_run(
        kfp_server_api.V2beta1Run(
            display_name=name,
            experiment_id=_experiment(client, options),
            pipeline_spec=definition.document(),
            runtime_config=kfp_server_api.V2beta1RuntimeConfig(
                parameters=json.loads(json.dumps(values)), pipeline_root=options.pipeline_root
            ),
            service_account=options.service_account,
        )
    )
    print(f"run {run.run_id}", flush=True)
    if not options.wait:
        return 0
    return follow(client, run.run_id, poll=options.poll, timeout=options.timeout)


def _experiment(client: kfp_server_api.ApiClient, options: argparse.Namespace) -> str:
    """Return the id of the run's experiment; create it if it does not exist."""
    api = kfp_server_api.ExperimentServiceApi(client)
    equals = {"operation": "EQUALS", "key": "display_name", "stringValue": options.experiment}
    scope = {"namespace": options.namespace} if options.namespace else {}
    found = api.experiment_service_list_experiments(
        filter=json.dumps({"predicates": [equals]}), **scope
    ).experiments
    if found:
        return found[0].experiment_id
    made = api.experiment_service_create_experiment(
        kfp_server_api.V2beta1Experiment(display_name=options.experiment, **scope)
    )
    return made.experiment_id


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
