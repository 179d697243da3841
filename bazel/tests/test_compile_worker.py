"""The compile tool with and without a persistent worker."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

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
    """If Bazel may not keep a worker, it passes the request as a file."""
    text = _SOURCE.format(before="")
    expected = compile_text(text).text
    (tmp_path / "out.yaml").unlink()
    params = tmp_path / "params"
    params.write_text("\n".join(arguments(text)) + "\n", encoding="utf-8")
    subprocess.run([*tool.command, f"@{params}"], check=True)
    assert (tmp_path / "out.yaml").read_text(encoding="utf-8") == expected


def test_single_shot_fails_with_the_message(tool, arguments, tmp_path):
    """A failure without a worker prints its message to standard error and exits with 1."""
    command = [*tool.command, *arguments("x = 1 / 0\n")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.endswith(
        "source.py:1: ZeroDivisionError: division by zero\n    x = 1 / 0\n"
    )


def test_requests_share_no_state(compile_text):
    """A change of one request to KFP is not visible to another request."""
    spoiled = (
        'dsl.component = None\nimport kfp\nkfp.__version__ = "0"\nraise RuntimeError("spoiled")'
    )
    before = compile_text(_SOURCE.format(before="")).text
    assert compile_text(_SOURCE.format(before=spoiled)).status == 1
    assert compile_text(_SOURCE.format(before="")).text == before


def test_requests_find_done_what_all_have_to_do(compile_text):
    """The worker has already compiled something, so no fork is the first to import this module."""
    before = "import sys\nassert 'google.protobuf.descriptor_pb2' in sys.modules"
    compiled = compile_text(_SOURCE.format(before=before))
    assert compiled.status == 0, compiled.message


def test_output_of_the_source_is_shown(compile_text):
    """The output of a source reaches the user, and not the protocol."""
    compiled = compile_text(_SOURCE.format(before='print("hello")'))
    assert compiled.status == 0
    assert compiled.message == "hello\n"


@pytest.fixture
def started():
    """A file that a source may write; the folder of the test may belong to the workspace."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        yield Path(folder) / "started"


def _start_sleeping(worker, arguments, started: Path) -> None:
    """Send request 1, which never ends; return when its source is being loaded."""
    before = f"open({str(started)!r}, 'w').write(__file__); time.sleep(600)"
    worker.send(requestId=1, arguments=arguments(_SOURCE.format(before=before)))
    deadline = time.monotonic() + 50
    while not (started.exists() and started.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_requests_overlap(worker, arguments, started):
    """A slow request does not block a fast one."""
    _start_sleeping(worker, arguments, started)
    worker.send(requestId=2, arguments=arguments(_SOURCE.format(before="")))
    assert worker.receive() == {"requestId": 2, "exitCode": 0, "output": ""}


def test_a_cancelled_request_ends(worker, arguments, tmp_path, started):
    """Its process ends and leaves nothing behind, and the answer says that it was cancelled."""
    _start_sleeping(worker, arguments, started)
    worker.send(requestId=1, cancel=True)
    assert worker.receive() == {"requestId": 1, "wasCancelled": True}
    assert not Path(started.read_text()).exists()
    assert not (tmp_path / "out.yaml").exists()


def test_cancelling_what_is_done_changes_nothing(worker, arguments):
    """The answer had already been sent."""
    worker.send(requestId=1, arguments=arguments(_SOURCE.format(before="")))
    assert worker.receive()["exitCode"] == 0
    worker.send(requestId=1, cancel=True)
    worker.send(requestId=2, arguments=arguments(_SOURCE.format(before="")))
    assert worker.receive()["requestId"] == 2


def test_paths_are_those_of_the_requests_sandbox(worker, arguments, tmp_path):
    """Bazel gives each request its own folder, and paths relative to it."""
    flags = [a.replace(f"{tmp_path}/", "") for a in arguments(_SOURCE.format(before=""))]
    response = worker.ask(flags, sandboxDir=str(tmp_path))
    assert response["exitCode"] == 0
    assert (tmp_path / "out.yaml").exists()


def test_a_request_that_makes_no_sense_fails_alone(worker, arguments):
    """The worker continues."""
    assert worker.ask(["--nonsense"])["exitCode"] != 0
    assert worker.ask(arguments(_SOURCE.format(before="")))["exitCode"] == 0


def test_a_request_that_kills_itself_fails_alone(worker, arguments):
    """A crash of the interpreter fails only its own request."""
    crash = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    response = worker.ask(arguments(_SOURCE.format(before=crash)))
    assert response["exitCode"] == 1
    assert "must end by itself, got an end by SIGKILL." in response["output"]
    assert worker.ask(arguments(_SOURCE.format(before="")))["exitCode"] == 0


def test_kfp_is_imported_without_its_client(compile_text):
    """The client takes most of the time of `import kfp`; the full import is the fallback."""
    before = "import sys\nassert 'kfp.client' not in sys.modules"
    compiled = compile_text(_SOURCE.format(before=before))
    assert compiled.status == 0, compiled.message


def test_a_worker_that_is_ended_leaves_nothing_behind(tool, arguments, tmp_path, started):
    """Bazel sends SIGTERM, even in the middle of a request."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    worker = type(tool)(TMPDIR=str(temporary))
    _start_sleeping(worker, arguments, started)
    assert len(list(temporary.iterdir())) == 1
    worker.end()
    assert not list(temporary.iterdir())


def test_names_of_kfp_that_are_imported_late(compile_text):
    """A pipeline may use everything that `import kfp` provides elsewhere, and nothing else."""
    program = "import kfp; print(*(name for name in vars(kfp) if not name.startswith('__')))"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    before = f"import kfp\nfor name in {run.stdout.split()}:\n    getattr(kfp, name)"
    assert compile_text(_SOURCE.format(before=before)).text
    more = compile_text(_SOURCE.format(before="import kfp\nkfp.kubernetes"))
    assert "AttributeError: module 'kfp' has no attribute 'kubernetes'" in more.message


def test_an_end_without_a_result_is_a_failure(worker, arguments, tmp_path):
    """A source that ends the process fails, whatever exit status it chooses."""
    response = worker.ask(arguments(_SOURCE.format(before="import os; os._exit(0)")))
    assert response["exitCode"] == 1
    assert "got an end with status 0." in response["output"]
    assert not (tmp_path / "out.yaml").exists()


def _runs(marker: str) -> bool:
    """Return whether a process with this argument is running."""
    commands = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            commands.append(file.read_bytes().split(b"\0"))
    return any(marker.encode() in command for command in commands)


def _wait_until(condition) -> None:
    deadline = time.monotonic() + 50
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


_LEAVING = {
    "in the group": "subprocess.Popen(['sleep', {0!r}])",
    "in a session of its own": "subprocess.Popen(['sleep', {0!r}], start_new_session=True)",
    "orphaned": "subprocess.run(['sh', '-c', 'setsid setsid sleep ' + {0!r} + ' & exit'])",
}


@pytest.mark.parametrize("how", _LEAVING)
def test_what_a_source_leaves_behind_ends_with_its_request(compile_text, how):
    """A process neither blocks the build nor survives it, even if it left its group."""
    seconds = f"600.{time.monotonic_ns()}"
    start = time.monotonic()
    before = f"import subprocess; {_LEAVING[how].format(seconds)}"
    assert compile_text(_SOURCE.format(before=before)).text
    assert time.monotonic() - start < 50
    assert not _runs(seconds)


def _start_leaving(worker, arguments) -> str:
    """Send request 1, which starts a process and does not end; return the process's argument."""
    seconds = f"600.{time.monotonic_ns()}"
    left = _LEAVING["in a session of its own"].format(seconds)
    before = f"import subprocess; {left}; time.sleep(600)"
    worker.send(requestId=1, arguments=arguments(_SOURCE.format(before=before)))
    _wait_until(lambda: _runs(seconds))
    return seconds


def test_what_a_cancelled_request_started_ends(worker, arguments):
    """Bazel cancels requests at Ctrl-C."""
    seconds = _start_leaving(worker, arguments)
    worker.send(requestId=1, cancel=True)
    assert worker.receive() == {"requestId": 1, "wasCancelled": True}
    assert not _runs(seconds)


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGTERM])
def test_requests_end_with_their_worker(tool, arguments, by):
    """No process of a request survives its worker, however the worker ends."""
    worker = type(tool)()
    seconds = _start_leaving(worker, arguments)
    worker.end(by)
    _wait_until(lambda: not _runs(seconds))


def test_folders_of_killed_workers_are_removed(tool, arguments, compile_text, tmp_path):
    """The next worker removes them, but not those of running workers."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    killed, living = (type(tool)(TMPDIR=str(temporary)) for _ in range(2))
    for worker in (killed, living):
        assert worker.ask(arguments(_SOURCE.format(before="")))["exitCode"] == 0
    killed.end(signal.SIGKILL)
    assert len(list(temporary.iterdir())) == 2
    another = type(tool)(TMPDIR=str(temporary))
    for worker in (living, another):
        assert worker.ask(arguments(_SOURCE.format(before="")))["exitCode"] == 0
    assert len(list(temporary.iterdir())) == 2
    living.close()
    another.close()
    assert not list(temporary.iterdir())


_ENDLESS = {
    "sleeps": "time.sleep(600)",
    "loops": "while True: pass",
    "catches": "while True:\n    try: time.sleep(600)\n    except Exception: pass",
}


@pytest.mark.parametrize("how", _ENDLESS)
def test_compiling_has_a_time_limit(compile_text, how):
    """A pipeline that does not end fails at the line where the time ran out."""
    compiled = compile_text(_SOURCE.format(before=_ENDLESS[how]), "--time_limit=1")
    assert compiled.status == 1
    place, _, reason = compiled.message.partition(": ")
    assert place.rpartition("source.py:")[2] in ("3", "4")
    assert reason.startswith("compiling //pipelines:it must end within 1 seconds, and did not.")


def test_a_source_that_ignores_its_time_limit_is_ended(compile_text):
    """A source that blocks the alarm is killed, so the line is not known."""
    before = "import signal; signal.signal(signal.SIGALRM, signal.SIG_IGN); time.sleep(600)"
    compiled = compile_text(_SOURCE.format(before=before), "--time_limit=1")
    assert compiled.status == 1
    assert "source.py: compiling //pipelines:it must end within 1 seconds" in compiled.message


_MOVING = {
    "folder": "import os; os.chdir('/')",
    "removed folder": "import os; os.mkdir('d'); os.chdir('d'); os.rmdir('../d')",
    "environment": "import os; os.environ.clear()",
    "umask": "import os; os.umask(0o777)",
    "output": "import sys; sys.stdout.close(); sys.stderr = None",
    "descriptors": "import os; os.closerange(0, 3)",
}


@pytest.mark.parametrize("what", _MOVING)
def test_a_source_cannot_move_the_output(compile_text, what):
    """What a source does to its process affects only that process."""
    assert "name: it" in compile_text(_SOURCE.format(before=_MOVING[what])).text


def run_in_new_python(program: str) -> None:
    """Run a program in a Python of its own, in which KFP is not imported yet."""
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", program], env=environ, check=True)


def test_the_full_import_is_the_fallback(tmp_path):
    """If KFP cannot be imported without its client, it is imported completely."""
    program = (
        "from kfp_compiler import kfp_import\n"
        "def broken(): raise ImportError('KFP has changed')\n"
        "kfp_import._import_without_client = broken\n"
        "kfp_import.import_kfp()\n"
        "import kfp, sys\n"
        "assert 'kfp.client' in sys.modules and kfp.dsl.component and kfp.compiler.Compiler\n"
    )
    run_in_new_python(program)


def test_kfp_learns_its_callers_without_their_source():
    """KFP sees the same functions as with `inspect.stack`, which reads the sources of all of them."""
    program = (
        "import inspect\n"
        "from kfp_compiler import kfp_import\n"
        "kfp_import.import_kfp()\n"
        "from kfp.dsl import pipeline_task\n"
        "def ask(): return pipeline_task.inspect.stack(), inspect.stack()\n"
        "quick, slow = ask()\n"
        "assert [f[3] for f in quick] == [f[3] for f in slow] == ['ask', '<module>']\n"
        "assert quick[1].lineno == slow[1].lineno == 6 and quick[0].code_context is None\n"
        "assert pipeline_task.inspect.signature is inspect.signature\n"
    )
    run_in_new_python(program)
