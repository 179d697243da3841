"""The compile tool as a persistent worker, and without one."""

import os
import subprocess
import sys
import time
from pathlib import Path

_SOURCE = """\
import time
from kfp import dsl
{before}

@dsl.component(base_image="python:3.13")
def add(a: int) -> int:
    return a

@dsl.pipeline(name="it")
def it():
    add(a=1).set_cpu_request("1").set_memory_request("1Gi")
"""


def test_single_shot_writes_what_a_worker_writes(tool, arguments, compile_text, tmp_path):
    """Where Bazel may not keep a worker, it passes the request as a file."""
    text = _SOURCE.format(before="")
    expected = compile_text(text).text
    (tmp_path / "out.yaml").unlink()
    params = tmp_path / "params"
    params.write_text("\n".join(arguments(text)) + "\n", encoding="utf-8")
    subprocess.run([*tool.command, f"@{params}"], check=True)
    assert (tmp_path / "out.yaml").read_text(encoding="utf-8") == expected


def test_single_shot_fails_with_the_message(tool, arguments, tmp_path):
    """The message goes to standard error, the status is 1."""
    command = [*tool.command, *arguments("x = 1 / 0\n")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.endswith(
        "source.py:1: ZeroDivisionError: division by zero\n    x = 1 / 0\n"
    )


def test_requests_share_no_state(compile_text):
    """What one request does to KFP, another does not see."""
    spoiled = (
        'dsl.component = None\nimport kfp\nkfp.__version__ = "0"\nraise RuntimeError("spoiled")'
    )
    before = compile_text(_SOURCE.format(before="")).text
    assert compile_text(_SOURCE.format(before=spoiled)).status == 1
    assert compile_text(_SOURCE.format(before="")).text == before


def test_requests_find_done_what_all_have_to_do(compile_text):
    """A worker has compiled something before, so that no fork is the first to import this."""
    before = "import sys\nassert 'google.protobuf.descriptor_pb2' in sys.modules"
    compiled = compile_text(_SOURCE.format(before=before))
    assert compiled.status == 0, compiled.message


def test_output_of_the_source_is_shown(compile_text):
    """Prints of a source reach the user and not the protocol."""
    compiled = compile_text(_SOURCE.format(before='print("hello")'))
    assert compiled.status == 0
    assert compiled.message == "hello\n"


def _start_sleeping(worker, arguments, started: Path) -> None:
    """Send request 1, which never ends; return when its source is being loaded."""
    before = f"open({str(started)!r}, 'w').write(__file__); time.sleep(600)"
    worker.send(requestId=1, arguments=arguments(_SOURCE.format(before=before)))
    deadline = time.monotonic() + 50
    while not (started.exists() and started.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_requests_overlap(worker, arguments, tmp_path):
    """A slow request does not hold a quick one up."""
    _start_sleeping(worker, arguments, tmp_path / "started")
    worker.send(requestId=2, arguments=arguments(_SOURCE.format(before="")))
    assert worker.receive() == {"requestId": 2, "exitCode": 0, "output": ""}


def test_a_cancelled_request_ends(worker, arguments, tmp_path):
    """Its process ends, it leaves nothing behind, and it says that it was cancelled."""
    started = tmp_path / "started"
    _start_sleeping(worker, arguments, started)
    worker.send(requestId=1, cancel=True)
    assert worker.receive() == {"requestId": 1, "wasCancelled": True}
    assert not Path(started.read_text()).exists()
    assert not (tmp_path / "out.yaml").exists()


def test_cancelling_what_is_done_changes_nothing(worker, arguments):
    """The answer was on its way already."""
    worker.send(requestId=1, arguments=arguments(_SOURCE.format(before="")))
    assert worker.receive()["exitCode"] == 0
    worker.send(requestId=1, cancel=True)
    worker.send(requestId=2, arguments=arguments(_SOURCE.format(before="")))
    assert worker.receive()["requestId"] == 2


def test_paths_are_those_of_the_requests_sandbox(worker, arguments, tmp_path):
    """Bazel gives each request a folder of its own, and paths relative to it."""
    flags = [a.replace(f"{tmp_path}/", "") for a in arguments(_SOURCE.format(before=""))]
    response = worker.ask(flags, sandboxDir=str(tmp_path))
    assert response["exitCode"] == 0
    assert (tmp_path / "out.yaml").exists()


def test_a_request_that_makes_no_sense_fails_alone(worker, arguments):
    """The worker goes on."""
    assert worker.ask(["--nonsense"])["exitCode"] != 0
    assert worker.ask(arguments(_SOURCE.format(before="")))["exitCode"] == 0


def test_a_request_that_kills_itself_fails_alone(worker, arguments):
    """Even a crash of the interpreter."""
    crash = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert worker.ask(arguments(_SOURCE.format(before=crash)))["exitCode"] == 9
    assert worker.ask(arguments(_SOURCE.format(before="")))["exitCode"] == 0


def test_kfp_is_imported_without_its_client(compile_text):
    """Most of the time of `import kfp` goes there, and the full import is the fallback."""
    before = "import sys\nassert 'kfp.client' not in sys.modules"
    compiled = compile_text(_SOURCE.format(before=before))
    assert compiled.status == 0, compiled.message


def test_a_worker_that_is_ended_leaves_nothing_behind(tool, arguments, tmp_path):
    """Bazel sends SIGTERM, in the middle of a request too."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    worker = type(tool)(TMPDIR=str(temporary))
    _start_sleeping(worker, arguments, tmp_path / "started")
    assert len(list(temporary.iterdir())) == 2, "archives, and the request's folder"
    worker.end()
    assert not list(temporary.iterdir())


def test_names_of_kfp_that_are_imported_late(compile_text):
    """A pipeline may use what the tool leaves out of KFP at first, as with a full import."""
    before = "import kfp\nassert kfp.components.load_component_from_file\nassert kfp.Client"
    compiled = compile_text(_SOURCE.format(before=before))
    assert compiled.status == 0, compiled.message


def test_the_full_import_is_the_fallback(tmp_path):
    """If KFP cannot be imported without its client, it is imported as a whole."""
    program = (
        "from kfp_compiler import kfp_import\n"
        "def broken(): raise ImportError('KFP has changed')\n"
        "kfp_import._import_without_client = broken\n"
        "kfp_import.import_kfp()\n"
        "import kfp, sys\n"
        "assert 'kfp.client' in sys.modules and kfp.dsl.component and kfp.compiler.Compiler\n"
    )
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", program], env=environ, check=True)
