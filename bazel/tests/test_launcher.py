"""NAME.run and NAME.submit, as `bazel run` starts them."""

import contextlib
import json
import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

_API = "/apis/v2beta1"


def _start(name: str, *flags: str, **environ: str) -> subprocess.CompletedProcess[str]:
    arguments = {
        "ADD_RUN": ["//bazel/tests:add", "component", _source(), ""],
        "MINIMAL_RUN": ["//bazel/tests:minimal", "pipeline", _source(), ""],
        "MINIMAL_SUBMIT": [_built("minimal.yaml")],
        "MINIMAL_MANIFEST_SUBMIT": [_built("minimal_manifest.ir.yaml")],
    }
    return subprocess.run(
        [os.environ[name], *arguments[name], *flags],
        env=os.environ | environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def _built(file: str) -> str:
    return os.path.join(os.path.dirname(os.environ["MINIMAL_RUN"]), file)


def _source() -> str:
    return _built("features/minimal.py")


def test_help_lists_the_parameters():
    """Type, description and default are those of the pipeline."""
    help_text = _start("MINIMAL_RUN", "--help").stdout
    assert "--a INTEGER" in help_text
    assert "The first of them. (default: 1)" in help_text


def test_defaults_of_what_was_compiled_are_shown_as_written():
    """A whole number is no 1.0, although the definition holds doubles."""
    help_text = _start("MINIMAL_SUBMIT", "--help").stdout
    assert "--a INTEGER" in help_text
    assert "(default: 1)" in help_text


def test_run_writes_where_the_user_is(tmp_path):
    """The default folder is below the folder that `bazel run` was typed in."""
    result = _start("MINIMAL_RUN", "--a", "40", BUILD_WORKING_DIRECTORY=str(tmp_path))
    assert result.returncode == 0, result.stderr
    (output,) = (tmp_path / "local_outputs").glob("minimal-*/add/executor_output.json")
    assert json.loads(output.read_text())["parameterValues"] == {"Output": 42}


def test_run_of_a_component(tmp_path):
    """A component runs alone; its required parameter is a required flag."""
    assert "the following arguments are required: --a" in _start("ADD_RUN").stderr
    result = _start("ADD_RUN", "--a=1", "--b=2", f"--output_root={tmp_path / 'out'}")
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "out").exists()


def test_run_refuses_a_value_of_another_type():
    """Before anything runs."""
    result = _start("MINIMAL_RUN", "--a=many")
    assert result.returncode == 2
    assert "argument --a: invalid int value: 'many'" in result.stderr


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
        ([], "required: --host"),
        (["--host=kfp"], "--host: must begin with http:// or https://, got 'kfp'."),
    ],
)
def test_a_host_is_needed(flags, message):
    """There is no server that could be meant."""
    result = _start("MINIMAL_SUBMIT", *flags)
    assert result.returncode == 2
    assert message in result.stderr
