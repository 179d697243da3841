"""Follows a run on a server to its end, and reports why a task failed or where the results are."""

import json
import re
import sys
import time
from collections.abc import Iterator
from typing import Any

import kfp_server_api

_ENDED = {"SUCCEEDED": 0, "SKIPPED": 0, "FAILED": 1, "ERROR": 1, "CANCELED": 1}
_FAILED = ("FAILED", "ERROR")
_UNDER_WAY = ("PENDING", "RUNNING")
# How often the tasks of a run that has ended are read again.
_LOOKS = 12
_LOG = "/apis/v1alpha1/runs/{run_id}/nodes/{node_id}/log"
_LAST_LINES = 15
# An artifact that KFP adds to every task.
_LOGS = "executor-logs"
_METRICS = "system.Metrics"
# What precedes the JSON of KFP's executor and of its launcher in a log.
_REQUEST, _RESPONSE = "Got executor_input:", "ExecutorOutput:"
# Argo's names for the containers of a task, without and with retries.
_TEMPLATES = ("system-container-impl", "retry-system-container-impl")
# Lines of KFP's launcher (Go's glog), its executor and Argo's executor around those of a component.
_LAUNCHERS = re.compile(
    r"^([IWEF]\d{4} \d\d:\d\d:\d\d\.\d+|time=\S+ level=|\[KFP Executor |\{\"time\"|WARNING: Running pip)"
)
_COMPONENT = re.compile(r"Looking for component `([^`]+)`")
# The temporary folder that KFP's command creates for a component's source.
_TEMPORARY = re.compile(r"/tmp/tmp\.\w+/")


def follow(
    client: kfp_server_api.ApiClient, run_id: str, *, poll: float, timeout: float | None
) -> int:
    """Print every change of a run and its tasks; return 0 if the run succeeds.

    Args:
        client: A client of the server.
        run_id: The run.
        poll: Seconds between two requests.
        timeout: Seconds to wait; None for no limit.

    Raises:
        TimeoutError: If it does not end in time; the run continues.
    """
    api = kfp_server_api.RunServiceApi(client)
    shown: dict[str, str] = {}
    start = time.monotonic()
    while True:
        run = api.run_service_get_run(run_id)
        for task, state in _states(run).items():
            if shown.get(task) != state:
                print(f"{time.strftime('%H:%M:%S')} {task}: {state}", flush=True)
                shown[task] = state
        if run.state in _ENDED:
            _report(client, settled(client, run, poll))
            return _ENDED[run.state]
        if timeout and time.monotonic() - start > timeout:
            raise TimeoutError(
                f"run {run_id} must end within --timeout {timeout:g} s, but is {run.state}. "
                "It continues; wait longer or look at it in the UI."
            )
        time.sleep(poll)


def settled(
    client: kfp_server_api.ApiClient, run: kfp_server_api.V2beta1Run, poll: float
) -> kfp_server_api.V2beta1Run:
    """Return a run that has ended, with the last states of its tasks.

    The server stores a run's state before the states of its tasks, so a run may appear as failed
    before any of its tasks does.

    Args:
        client: A client of the server.
        run: The run in the state in which it was first seen to have ended.
        poll: Seconds between two requests.
    """
    api = kfp_server_api.RunServiceApi(client)
    for _ in range(_LOOKS):
        if not any(task.state in _UNDER_WAY for task in _tasks(run)):
            break
        time.sleep(poll)
        run = api.run_service_get_run(run.run_id)
    return run


def _states(run: kfp_server_api.V2beta1Run) -> dict[str, str]:
    states = {f"task {task.display_name}": task.state for task in _tasks(run) if task.state}
    return {**states, "run": run.state or "PENDING"}


def _tasks(run: kfp_server_api.V2beta1Run) -> list[kfp_server_api.V2beta1PipelineTaskDetail]:
    return run.run_details.task_details or [] if run.run_details else []


def _report(client: kfp_server_api.ApiClient, run: kfp_server_api.V2beta1Run) -> None:
    """Print why tasks failed, or where the artifacts of the tasks are."""
    failed = run.state in _FAILED
    logs = component_logs(client, run, failed=failed)
    if not failed:
        # A task and the attempt that succeeded have the same log.
        for log in dict.fromkeys(logs.values()):
            _print_artifacts(log)
        return
    # A task that was retried usually fails in the same way, which is reported once.
    for (component, *lines), node in {_failure(log): node for node, log in logs.items()}.items():
        print(f"\n{component} failed in the pod {node}:", file=sys.stderr)
        for line in lines:
            print(f"    {line}", file=sys.stderr)
    if run.error:
        print(run.error.message, file=sys.stderr)
    elif not logs:
        # Argo packs the tasks of a workflow beyond 1 MiB, and KFP 2.17 does not unpack them.
        print(
            "The server reports no failed task, as in runs with hundreds of pods. Find it with: "
            f"kubectl get pods -l pipeline/runid={run.run_id}",
            file=sys.stderr,
        )


def component_logs(
    client: kfp_server_api.ApiClient, run: kfp_server_api.V2beta1Run, failed: bool | None = None
) -> dict[str, str]:
    """Return the logs of the components that ran, by pod; cached tasks have no logs.

    Args:
        client: A client of the server.
        run: The run.
        failed: Whether to return the logs of failed tasks or of the others; None for all logs.
    """
    return {
        node: log
        for task in _tasks(run)
        if failed is None or (task.state in _FAILED) == failed
        for node in _nodes(task)
        if (log := read_log(client, run.run_id, node))
    }


def component_name(log: str) -> str:
    """Return the function of the component that wrote a log; empty if it is not in Python."""
    found = _COMPONENT.search(log)
    return found[1] if found else ""


def _failure(log: str) -> tuple[str, ...]:
    """Return the component's name and the last lines that it wrote."""
    name = component_name(log)
    lines = component_lines(log) or log.splitlines()
    shown = [_TEMPORARY.sub("/tmp/", line) for line in lines[-_LAST_LINES:]]
    return (f"component {name}" if name else "a task", *shown)


def _print_artifacts(log: str) -> None:
    """Print where the artifacts of a task are, and the values of its metrics."""
    request, response = executor_input(log), _json_after(log, _RESPONSE)[0]
    written = {
        artifact["uri"]: artifact.get("metadata", {})
        for listed in response.get("artifacts", {}).values()
        for artifact in listed["artifacts"]
    }
    for name, listed in request.get("outputs", {}).get("artifacts", {}).items():
        for artifact in listed["artifacts"] if name != _LOGS else []:
            title = artifact["type"]["schemaTitle"]
            print(f"{artifact['uri']}  {title} {name}")
            if title == _METRICS:
                for metric, value in written.get(artifact["uri"], {}).items():
                    print(f"    {metric} = {value}")


def _nodes(task: kfp_server_api.V2beta1PipelineTaskDetail) -> Iterator[str]:
    """Yield the names that the pods of a task's component may have.

    The server reports WORKFLOW-ID, but Argo calls the pod WORKFLOW-TEMPLATE-ID.
    """
    for child in [task.pod_name, *(child.pod_name for child in task.child_tasks or [])]:
        workflow, _, number = (child or "").rpartition("-")
        for template in _TEMPLATES:
            yield f"{workflow}-{template}-{number}"


def read_log(client: kfp_server_api.ApiClient, run_id: str, node: str) -> str:
    """Return the log of a pod, or an empty text if there is no such pod."""
    try:
        response = client.call_api(
            _LOG,
            "GET",
            path_params={"run_id": run_id, "node_id": node},
            auth_settings=["Bearer"],
            _preload_content=False,
            _return_http_data_only=True,
        )
    except kfp_server_api.ApiException:
        return ""
    text = response.data.decode(errors="replace")
    # The server responds with status 200 before it looks for the pod.
    return "" if text.startswith('{"error_message"') else text


def component_lines(log: str) -> list[str]:
    """Return the lines that the component itself wrote."""
    _, rest = _json_after(_json_after(log, _REQUEST)[1], _RESPONSE)
    return [line for line in rest.splitlines() if line.strip() and not _LAUNCHERS.match(line)]


def executor_input(log: str) -> dict[str, Any]:
    """Return the request of KFP's executor; empty if the log does not contain it."""
    return _json_after(log, _REQUEST)[0]


def _json_after(log: str, heading: str) -> tuple[dict[str, Any], str]:
    """Return the JSON that follows a heading, and the log without it; empty if it is not there."""
    before, _, rest = log.partition(heading)
    rest = rest.lstrip()
    try:
        value, end = json.JSONDecoder().raw_decode(rest)
    except ValueError:  # There is no such heading, or a component has printed one.
        return {}, log
    return value, before + rest[end:]
