"""NAME.submit, as `bazel run` starts it, and a server that it talks to."""

import contextlib
import json
import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

_API = "/apis/v2beta1"


def _start(name: str, *flags: str) -> subprocess.CompletedProcess[str]:
    package = {"MINIMAL_SUBMIT": "MINIMAL", "MINIMAL_MANIFEST_SUBMIT": "MINIMAL_MANIFEST_IR"}[name]
    return subprocess.run(
        [os.environ[name], os.environ[package], *flags],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def test_defaults_of_what_was_compiled_are_shown_as_written():
    """A whole number is no 1.0, although the definition holds doubles."""
    help_text = _start("MINIMAL_SUBMIT", "--help").stdout
    assert "--a INTEGER" in help_text
    assert "(default: 1)" in help_text


class _Server(ThreadingHTTPServer):
    """As much of a Kubeflow Pipelines server as a submission needs.

    Attributes:
        posted: Bodies of the POST requests, by path.
        states: What the run answers, one look after the other.
        tokens: The Authorization headers that came.
    """

    def __init__(self, states: tuple[str, ...], refuse: int = 0):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.posted, self.tokens = {}, set()
        self.states, self.refuse = list(states), refuse


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        """Keep the test's output clean."""

    def do_GET(self):
        """Answer what the client asks for."""
        path = self.path.partition("?")[0]
        if path.startswith(f"{_API}/runs/"):
            states = self.server.states
            state = states.pop(0) if len(states) > 1 else states[0]
            tasks = [{"display_name": "add", "state": state}]
            self._answer({"run_id": "1", "state": state, "run_details": {"task_details": tasks}})
        else:
            self._answer({})

    def do_POST(self):
        """Keep the body, answer with an identity."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted[self.path.partition("?")[0]] = json.loads(body)
        self._answer({"experiment_id": "e", "run_id": "1"})

    def _answer(self, body: dict) -> None:
        self.server.tokens.add(self.headers.get("Authorization"))
        text = json.dumps(body).encode()
        self.send_response(self.server.refuse or 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


@contextlib.contextmanager
def _serving(*states: str, refuse: int = 0):
    server = _Server(states, refuse)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server, f"--host=http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("name", ["MINIMAL_SUBMIT", "MINIMAL_MANIFEST_SUBMIT"])
def test_submit_sends_the_definition(name):
    """The compiled definition, the parameters, the run's name, the experiment, the token."""
    with _serving("SUCCEEDED") as (server, host):
        flags = ["--a=5", "--run_name=r", "--experiment=x", "--token=secret"]
        result = _start(name, host, *flags)
    assert result.returncode == 0, result.stderr
    run = server.posted[f"{_API}/runs"]
    assert run["display_name"] == "r"
    assert run["experiment_id"] == "e"
    assert run["runtime_config"]["parameters"] == {"a": 5}
    assert run["pipeline_spec"]["pipelineInfo"]["name"] == "minimal"
    assert server.posted[f"{_API}/experiments"]["display_name"] == "x"
    assert server.tokens == {"Bearer secret"}


@pytest.mark.parametrize(("last", "status"), [("SUCCEEDED", 0), ("FAILED", 1)])
def test_wait_shows_progress(last, status):
    """Each change of state once; the exit status is the run's."""
    with _serving("RUNNING", "RUNNING", last) as (_, host):
        result = _start("MINIMAL_SUBMIT", host, "--wait", "--poll=0.1")
    assert result.returncode == status
    assert result.stdout.count("task add: RUNNING") == 1
    assert result.stdout.count(f"run: {last}") == 1


def test_waiting_ends():
    """A run that goes on past the timeout."""
    with _serving("RUNNING") as (_, host):
        result = _start("MINIMAL_SUBMIT", host, "--wait", "--poll=0.1", "--timeout=0.3")
    assert result.returncode == 1
    assert "run 1 must end within --timeout 0.3 s, is RUNNING." in result.stderr


def test_a_server_that_does_not_answer():
    """The message names the host, the reason and a remedy, without a stack."""
    with _serving("RUNNING") as (_, host):
        pass
    result = _start("MINIMAL_SUBMIT", host)
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert result.stderr.startswith("host must be a Kubeflow Pipelines server that answers, got")
    assert "Connection refused" in result.stderr
    assert "kubectl port-forward" in result.stderr


def test_a_server_that_wants_another_token():
    """401 is about the token."""
    with _serving("RUNNING", refuse=401) as (_, host):
        result = _start("MINIMAL_SUBMIT", host)
    assert result.returncode == 1
    assert "accepts, got 401 Unauthorized. Pass --token or set KFP_TOKEN." in result.stderr


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ([], "--host must be given, or KFP_HOST set: the URL of a server."),
        (["--host=kfp"], "--host: must begin with http:// or https://, got 'kfp'."),
    ],
)
def test_a_host_is_needed(flags, message):
    """There is no server that could be meant."""
    result = _start("MINIMAL_SUBMIT", *flags)
    assert result.returncode == 2
    assert message in result.stderr
