"""NAME.submit, started as by `bazel run`, and a server for it."""

import contextlib
import datetime
import ipaddress
import json
import os
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_API = "/apis/v2beta1"
_PACKAGES = {
    "MINIMAL_SUBMIT": "MINIMAL",
    "MINIMAL_MANIFEST_SUBMIT": "MINIMAL_MANIFEST_IR",
    "PLATFORM_SUBMIT": "PLATFORM",
}
# A log as served by KFP's backend 2.17: launcher, executor and component write to the same log.
_LOG = """\
I1127 21:17:31.271411       1 launcher_v2.go:199] publish success.
[KFP Executor 2026-11-27 21:17:30,240 INFO]: Looking for component `add` in --component_module_path
[KFP Executor 2026-11-27 21:17:30,249 INFO]: Got executor_input:
{"outputs": {"artifacts": {
  "data_out": {"artifacts": [{"uri": "s3://b/data_out", "type": {"schemaTitle": "system.Dataset"}}]},
  "scores": {"artifacts": [{"uri": "s3://b/scores", "type": {"schemaTitle": "system.Metrics"}}]},
  "executor-logs": {"artifacts": [{"uri": "s3://b/logs", "type": {"schemaTitle": "system.Artifact"}}]}
}}}
ValueError: add.a must be at least 0, got -1.
I1127 21:17:31.271411       1 launcher_v2.go:199] failed: exit status 1
time="2026-11-27T21:17:32.000Z" level=info msg="sub-process exited" argo=true
"""


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A file with a certificate for 127.0.0.1 that is not trusted, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    start = datetime.datetime(2020, 1, 1)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=365 * 50))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    file.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + private)
    return file


def _start(name: str, *flags: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return _run(name, os.environ[_PACKAGES[name]], *flags, **environment)


def _run(name: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [os.environ[name], *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        env=os.environ | environment,
    )


def test_defaults_of_what_was_compiled_are_shown_as_written():
    """An integer is not shown as 1.0, although the definition contains doubles."""
    help_text = _start("MINIMAL_SUBMIT", "--help").stdout
    assert "--a INTEGER" in help_text
    assert "(default: 1)" in help_text


class _Server(ThreadingHTTPServer):
    """The parts of a Kubeflow Pipelines server that a submission needs.

    Attributes:
        posted: Bodies of the POST requests, by path.
        states: The states of the run that successive requests return.
        tokens: The Authorization headers of the requests.
        logs: The log of each existing pod, by name.
        late: States that the task has first, whatever the state of the run is.
    """

    def __init__(self, states: tuple[str, ...], refuse: int = 0):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.posted, self.tokens, self.logs, self.late = {}, set(), {}, []
        self.states, self.refuse = list(states), refuse


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        """Keep the output of the test clean."""

    def do_GET(self):
        """Answer the requests of the client."""
        path = self.path.partition("?")[0]
        if path.startswith(f"{_API}/runs/"):
            states = self.server.states
            state = states.pop(0) if len(states) > 1 else states[0]
            tasks_lag = self.server.late.pop(0) if self.server.late else state
            pods = [{"pod_name": "wf-7"}]
            tasks = [{"display_name": "add", "state": tasks_lag, "child_tasks": pods}]
            self._answer({"run_id": "1", "state": state, "run_details": {"task_details": tasks}})
        elif path.endswith("/log"):
            log = self.server.logs.get(path.split("/")[-2])
            self._send(log or '{"error_message":"no such pod"}')
        else:
            self._answer({})

    def do_POST(self):
        """Store the body, and answer with an id."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted[self.path.partition("?")[0]] = json.loads(body)
        self._answer({"experiment_id": "e", "run_id": "1"})

    def _answer(self, body: dict) -> None:
        self.server.tokens.add(self.headers.get("Authorization"))
        self._send(json.dumps(body))

    def _send(self, content: str) -> None:
        text = content.encode()
        self.send_response(self.server.refuse or 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


@contextlib.contextmanager
def _serving(*states: str, refuse: int = 0, certificate=None):
    server = _Server(states, refuse)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        scheme = "https" if certificate else "http"
        yield server, f"--host={scheme}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("name", ["MINIMAL_SUBMIT", "MINIMAL_MANIFEST_SUBMIT"])
def test_submit_sends_the_definition(name):
    """The request has the definition, the parameters, the run's name, experiment and token."""
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
    """Each change of state is shown once; the exit status is that of the run."""
    with _serving("RUNNING", "RUNNING", last) as (_, host):
        result = _start("MINIMAL_SUBMIT", host, "--wait", "--poll=0.1")
    assert result.returncode == status
    assert result.stdout.count("task add: RUNNING") == 1
    assert result.stdout.count(f"run: {last}") == 1


def test_waiting_ends():
    """The run continues after the timeout."""
    with _serving("RUNNING") as (_, host):
        result = _start("MINIMAL_SUBMIT", host, "--wait", "--poll=0.1", "--timeout=0.3")
    assert result.returncode == 1
    assert "run 1 must end within --timeout 0.3 s, but is RUNNING." in result.stderr


def test_a_server_that_does_not_answer():
    """The message names the host, the reason and a remedy, without a stack trace."""
    with _serving("RUNNING") as (_, host):
        pass
    result = _start("MINIMAL_SUBMIT", host)
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert result.stderr.startswith("host must be a Kubeflow Pipelines server that answers, got")
    assert "Connection refused" in result.stderr
    assert "kubectl port-forward" in result.stderr


def test_a_server_that_wants_another_token():
    """A status of 401 concerns the token."""
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
    """There is no default server."""
    result = _start("MINIMAL_SUBMIT", *flags)
    assert result.returncode == 2
    assert message in result.stderr


def test_the_cache_is_off_at_every_depth():
    """--no_cache applies to the tasks of inner DAGs, which KFP's own client does not cover."""
    with _serving("SUCCEEDED") as (server, host):
        result = _start("MINIMAL_SUBMIT", host, "--no_cache", "--pipeline_root=s3://b/r")
    assert result.returncode == 0, result.stderr
    run = server.posted[f"{_API}/runs"]
    assert "cachingOptions" not in json.dumps(run["pipeline_spec"])
    assert run["runtime_config"]["pipeline_root"] == "s3://b/r"


def test_limits_of_one_run():
    """They replace what the pipeline says, for all components or one of them."""
    limits = {"*": {"retries": 1, "memory": "2Gi"}, "add": {"memory": "8Gi", "seconds": 60}}
    with _serving("SUCCEEDED") as (server, host):
        result = _start("MINIMAL_SUBMIT", host, f"--limits={json.dumps(limits)}")
    assert result.returncode == 0, result.stderr
    spec = server.posted[f"{_API}/runs"]["pipeline_spec"]
    pipeline, platforms = spec["pipeline_spec"], spec["platform_spec"]["platforms"]
    (executor,) = pipeline["deploymentSpec"]["executors"].values()
    memory = {"resourceMemoryLimit": "8Gi", "resourceMemoryRequest": "8Gi"}
    assert executor["container"]["resources"] == memory
    (task,) = pipeline["root"]["dag"]["tasks"].values()
    assert task["retryPolicy"]["maxRetryCount"] == 1
    executors = platforms["kubernetes"]["deploymentSpec"]["executors"]
    assert executors == {"exec-add": {"activeDeadlineSeconds": "60"}}


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ("{", "--limits: must be JSON, got '{'"),
        ("[]", "--limits: must be a JSON object, got '[]'"),
        ('{"sub": {}}', "--limits must name components of the pipeline, got 'sub'. It has add."),
        ('{"add": {"ram": "1Gi"}}', """got {"ram": "1Gi"} for 'add'. Example: '{"train"""),
        ('{"add": {"retries": -1}}', """got {"retries": -1} for 'add'."""),
        ('{"add": {"seconds": 0}}', """got {"seconds": 0} for 'add'."""),
    ],
)
def test_wrong_limits(limits, message):
    """Nothing is sent."""
    result = _start("MINIMAL_SUBMIT", "--host=http://127.0.0.1:1", f"--limits={limits}")
    assert result.returncode == 2
    assert message in result.stderr


@pytest.mark.parametrize("flag", ["--ca", "SSL_CERT_FILE", "--insecure"])
def test_a_private_certificate(flag, certificate):
    """A private certificate is refused with advice, and accepted with the user's flags."""
    with _serving("SUCCEEDED", certificate=certificate) as (_, host):
        refused = _start("MINIMAL_SUBMIT", host)
        flags = {"--ca": [f"--ca={certificate}"], "--insecure": ["--insecure"]}.get(flag, [])
        env = {"SSL_CERT_FILE": str(certificate)} if flag == "SSL_CERT_FILE" else {}
        accepted = _start("MINIMAL_SUBMIT", host, *flags, **env)
    assert refused.returncode == 1
    assert "Pass --ca FILE or set SSL_CERT_FILE; --insecure accepts any." in refused.stderr
    assert "port-forward" not in refused.stderr
    assert accepted.returncode == 0, accepted.stderr
    assert ("WARNING: --insecure" in accepted.stderr) == (flag == "--insecure")


def test_a_run_that_fails_says_why():
    """The message has the component's last lines, but not the launcher's, from the API's log."""
    with _serving("RUNNING", "FAILED") as (server, host):
        server.logs["wf-retry-system-container-impl-7"] = _LOG
        result = _start("MINIMAL_SUBMIT", host, "--wait", "--poll=0.1")
    assert result.returncode == 1
    assert result.stderr == (
        "\ncomponent add failed in the pod wf-retry-system-container-impl-7:\n"
        "    ValueError: add.a must be at least 0, got -1.\n"
    )


def test_a_run_that_fails_before_its_tasks_says_why():
    """The server has the run's state first; without a second look there would be no reason."""
    with _serving("FAILED") as (server, host):
        server.logs["wf-retry-system-container-impl-7"] = _LOG
        server.late = ["RUNNING", "RUNNING"]
        result = _start("MINIMAL_SUBMIT", host, "--wait", "--poll=0.1")
    assert result.returncode == 1
    assert "ValueError: add.a must be at least 0, got -1." in result.stderr


def test_a_run_that_fails_without_a_log():
    """One is told where to look, rather than nothing."""
    with _serving("FAILED") as (_, host):
        result = _start("MINIMAL_SUBMIT", host, "--wait", "--poll=0.1")
    assert result.returncode == 1
    assert result.stderr.endswith("Find it with: kubectl get pods -l pipeline/runid=1\n")


# What the launcher logs after the executor.
_WRITTEN = """\
I1127 21:17:31.281711      14 launcher_v2.go:1230] ExecutorOutput: {
  "artifacts": {
    "data_out": {"artifacts": [{"uri": "s3://b/data_out", "metadata": {"rows": 280}}]},
    "scores": {"artifacts": [{"uri": "s3://b/scores", "metadata": {"rmse": 0.25, "r2": 0.5}}]}
  }
}
I1127 21:17:31.282586      14 launcher_v2.go:867] Executing uploadOutputArtifacts attempt: 1
"""


def test_where_the_artifacts_are():
    """A successful run prints the URI of each artifact once, and the values of metrics."""
    with _serving("SUCCEEDED") as (server, host):
        server.logs["wf-system-container-impl-7"] = _LOG + _WRITTEN
        server.logs["wf-retry-system-container-impl-7"] = _LOG + _WRITTEN
        result = _start("MINIMAL_SUBMIT", host, "--wait", "--poll=0.1")
    printed = result.stdout.splitlines()
    assert printed[printed.index("s3://b/data_out  system.Dataset data_out") :] == [
        "s3://b/data_out  system.Dataset data_out",
        "s3://b/scores  system.Metrics scores",
        "    rmse = 0.25",
        "    r2 = 0.5",
    ]


def test_a_component_may_print_what_the_launcher_does():
    """Then the artifacts are shown without values."""
    with _serving("SUCCEEDED") as (server, host):
        server.logs["wf-system-container-impl-7"] = f"{_LOG}ExecutorOutput: none\n"
        result = _start("MINIMAL_SUBMIT", host, "--wait", "--poll=0.1")
    assert result.returncode == 0
    assert result.stdout.splitlines()[-1] == "s3://b/scores  system.Metrics scores"


def test_a_value_that_would_arrive_as_another_is_refused():
    """Kubernetes replaces two dollar signs by one."""
    result = _start("PLATFORM_SUBMIT", "--host=http://127.0.0.1:1", "--claim=y$$")
    assert result.returncode == 2
    assert "--claim must arrive as it is written, got '$$'" in result.stderr


class _Versions(_Handler):
    """Answers as a server that has the pipeline and stores versions."""

    def do_GET(self):
        """Return the pipeline and its versions."""
        path = self.path.partition("?")[0]
        if path.endswith("/pipelines/names/minimal"):
            self._answer({"pipeline_id": "p"})
        elif path.endswith("/versions"):
            self._answer({"pipeline_versions": self.server.versions})
        else:
            self._answer({})

    def do_POST(self):
        """Store a version with the content of the test."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.uploads += 1
        self.server.queries.append(self.path.partition("?")[2])
        self._answer({"pipeline_version_id": "v"})


def test_a_version_is_uploaded_once():
    """Equal content changes nothing; different content under a released version is refused."""
    spec = yaml.safe_load(Path(os.environ["MINIMAL"]).read_text(encoding="utf-8"))
    flags = ["--version_name=1.0"]
    with _serving() as (server, host):
        server.RequestHandlerClass = _Versions
        server.versions, server.uploads, server.queries = [], 0, []
        tags = ["--tag=team=x", "--tag=stage=test"]
        first = _run("MINIMAL_UPLOAD", os.environ["MINIMAL"], "1.0", host, *flags, *tags)
        uploaded = parse_qs(server.queries[-1])
        server.versions = [{"display_name": "1.0", "pipeline_spec": spec}]
        second = _run("MINIMAL_UPLOAD", os.environ["MINIMAL"], "1.0", host, *flags)
        spec["root"]["inputDefinitions"]["parameters"]["a"]["defaultValue"] = 8
        third = _run("MINIMAL_UPLOAD", os.environ["MINIMAL"], "1.0", host, *flags)
    assert (first.returncode, second.returncode, third.returncode) == (0, 0, 1), first.stderr
    assert first.stdout.startswith("uploaded: pipeline minimal, version 1.0 (v)")
    assert second.stdout == "unchanged: pipeline minimal, version 1.0\n"
    assert (
        "version 1.0 of minimal must have the content that the server already has" in third.stderr
    )
    assert server.uploads == 1
    assert json.loads(uploaded["tags"][0]) == {"team": "x", "stage": "test"}


def test_a_plan_says_what_would_change():
    """Nothing is sent, and a new schedule would be created."""
    arguments = [os.environ["MINIMAL"], "1.0", "//it:minimal.schedule", os.environ["SCHEDULES"]]
    with _serving() as (server, host):
        done = _run("MINIMAL_SCHEDULE", *arguments, host, "--plan")
    assert (done.returncode, server.posted) == (0, {}), done.stderr
    assert done.stdout.splitlines()[0] == "create: minimal nightly (it is new)"
