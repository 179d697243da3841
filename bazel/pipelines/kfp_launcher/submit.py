"""Submits a compiled pipeline to a Kubeflow Pipelines server, with its parameters as flags."""

import argparse
import logging
import os
import sys
import time
import warnings

import kfp_server_api
import urllib3
from kfp import components
from kfp.client import Client
from kfp.dsl.base_component import BaseComponent

from kfp_launcher.flags import CommandLine

_HOST, _TOKEN = "KFP_HOST", "KFP_TOKEN"
_ENDED = {"SUCCEEDED": 0, "SKIPPED": 0, "FAILED": 1, "ERROR": 1, "CANCELED": 1}


def main(arguments: list[str]) -> int:
    """Submit; with --wait, return 0 only if the run succeeds."""
    package, *rest = arguments
    pipeline = components.load_component_from_file(package)
    options, values = _parse(pipeline, rest)
    try:
        return _submit(package, pipeline.name, options, values)
    except urllib3.exceptions.HTTPError as error:
        print(_unreachable(options.host, error), file=sys.stderr)
    except kfp_server_api.ApiException as error:
        print(_refused(options.host, error), file=sys.stderr)
    except TimeoutError as error:
        print(error, file=sys.stderr)
    return 1


def _parse(
    pipeline: BaseComponent, arguments: list[str]
) -> tuple[argparse.Namespace, dict[str, object]]:
    line = CommandLine(pipeline, artifacts=False)
    host, token = os.environ.get(_HOST), os.environ.get(_TOKEN)
    line.add("host", type=_url, default=host, help=f"URL of the server (or {_HOST})")
    line.add("token", default=token, help=f"bearer token (or {_TOKEN})")
    line.add("namespace", help="Kubernetes namespace, on a multi-user server")
    line.add("experiment", default="Default", help="created if there is none")
    line.add("run_name", help="default: the pipeline's name and the time")
    line.add("service_account", help="Kubernetes service account of the tasks")
    line.add("wait", action="store_true", help="show progress until the run ends")
    line.add("timeout", type=float, help="seconds to wait; no limit by default")
    line.add("poll", type=float, default=5, help="seconds between two looks")
    options, values = line.parse(arguments)
    if not options.host:
        line.error(f"{line.flag('host')} must be given, or {_HOST} set: the URL of a server.")
    return options, values


def _url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError(
            f"must begin with http:// or https://, got {text!r}. Try http://{text}"
        )
    return text


def _submit(package: str, name: str, options: argparse.Namespace, values: dict[str, object]) -> int:
    _check_server(options)
    client = _client(options)
    run = client.create_run_from_pipeline_package(
        package,
        arguments=values,
        run_name=options.run_name or f"{name} {time.strftime('%Y-%m-%d %H-%M-%S')}",
        experiment_name=options.experiment,
        namespace=options.namespace,
        service_account=options.service_account,
    )
    print(f"run {run.run_id}")
    return _wait(client, run.run_id, options) if options.wait else 0


def _check_server(options: argparse.Namespace) -> None:
    """Ask the server once how it is: the client would ask five times, with a stack each."""
    # The message of the last attempt says what the retries would say.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    configuration = kfp_server_api.Configuration(host=options.host.rstrip("/"))
    if options.token:
        configuration.api_key = {"authorization": options.token}
        configuration.api_key_prefix = {"authorization": "Bearer"}
    api = kfp_server_api.HealthzServiceApi(kfp_server_api.ApiClient(configuration))
    api.healthz_service_get_healthz()


def _client(options: argparse.Namespace) -> Client:
    warnings.filterwarnings("ignore", message="This client only works", category=FutureWarning)
    return Client(
        host=options.host, existing_token=options.token, namespace=options.namespace or "kubeflow"
    )


def _wait(client: Client, run_id: str, options: argparse.Namespace) -> int:
    """Print every change of the run and its tasks; return 0 if the run succeeds."""
    shown: dict[str, str] = {}
    start = time.monotonic()
    while True:
        run = client.get_run(run_id)
        for task, state in _states(run).items():
            if shown.get(task) != state:
                print(f"{time.strftime('%H:%M:%S')} {task}: {state}", flush=True)
                shown[task] = state
        if run.state in _ENDED:
            return _ENDED[run.state]
        if options.timeout and time.monotonic() - start > options.timeout:
            raise TimeoutError(
                f"run {run_id} must end within --timeout {options.timeout:g} s, is {run.state}. "
                "It goes on; wait longer or look at it in the UI."
            )
        time.sleep(options.poll)


def _states(run: kfp_server_api.V2beta1Run) -> dict[str, str]:
    tasks = run.run_details.task_details or [] if run.run_details else []
    states = {f"task {task.display_name}": task.state for task in tasks if task.state}
    return {**states, "run": run.state or "PENDING"}


def _unreachable(host: str, error: Exception) -> str:
    reason = getattr(error, "reason", None) or error
    return (
        f"host must be a Kubeflow Pipelines server that answers, got {host!r} ({reason}). "
        "Pass --host, or make it reachable: "
        "kubectl port-forward --namespace kubeflow service/ml-pipeline-ui 8080:80"
    )


def _refused(host: str, error: kfp_server_api.ApiException) -> str:
    if error.status in (401, 403):
        return (
            f"token must be one that {host} accepts, got {error.status} {error.reason}. "
            f"Pass --token or set {_TOKEN}."
        )
    return f"{host} refused the run: {error.status} {error.reason}\n{error.body or ''}".rstrip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
