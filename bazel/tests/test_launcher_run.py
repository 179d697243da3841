"""NAME.run, started as by `bazel run`, with pipelines of many kinds."""

import dataclasses
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from kfp import compiler, dsl, kubernetes
from kfp_launcher.refusals import control_flow, refusals
from kfp_launcher.steps import steps

from bazel.tests import launched


@dataclasses.dataclass
class Ran:
    """A completed run: its exit status, its output, and its folder."""

    status: int
    out: str
    err: str
    root: Path

    @property
    def folder(self) -> Path:
        """The folder of the run."""
        return self.root / self.out.splitlines()[0].removeprefix("run ")

    @property
    def record(self) -> dict:
        """The record that the run wrote."""
        return json.loads((self.folder / "run.json").read_text())

    def states(self) -> dict[str, str]:
        """The states of the tasks, by name."""
        return {task["name"]: task["state"] for task in self.record["tasks"]}

    def values(self) -> dict[str, object]:
        """The output parameters, by task."""
        return {t["name"]: v for t in self.record["tasks"] for v in t["parameters"].values()}


@pytest.fixture
def command(tmp_path):
    """Return the command that runs a pipeline or component."""

    def _command(component, *flags: str) -> list[str]:
        definition = tmp_path / f"{component.name}.yaml"
        compiler.Compiler().compile(component, str(definition))
        return [
            os.environ["RUN"],
            "--label=//it:it",
            f"--definition={definition}",
            "--container=none",
            "--",
            *flags,
        ]

    return _command


@pytest.fixture
def run(tmp_path, command):
    """Run a pipeline or component from an empty folder."""

    def _run(component, *flags: str, **environ: str) -> Ran:
        done = subprocess.run(
            command(component, *flags),
            env=os.environ | {"BUILD_WORKING_DIRECTORY": str(tmp_path)} | environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        return Ran(done.returncode, done.stdout, done.stderr, tmp_path / "local_outputs")

    return _run


def test_a_run_says_a_line_a_task_and_lists_the_outputs(run, tmp_path):
    """A run prints a line per task, and then each output with a usable path."""
    ran = run(launched.once, "--text=hi")
    assert (ran.status, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0] == f"run {ran.folder.name}"
    assert lines[1].split() == ["succeeded", lines[1].split()[1], "s", "write"]
    assert ["task", "artifact", "type", "path"] in [line.split() for line in lines]
    (row,) = [line.split() for line in lines if " Dataset " in line]
    assert row[:3] == ["write", "data_out", "Dataset"]
    assert (tmp_path / row[3]).read_text() == "hi"
    assert "  read  Output  'hi'" in lines
    assert lines[-1] == f"local_outputs/{ran.folder.name}/index.html"
    assert (ran.folder / "read/log.txt").exists()


def test_a_plain_component_runs_without_pip(run):
    """KFP's default would install kfp into this interpreter."""
    ran = run(launched.plain)
    assert ran.status == 0, ran.err
    assert "pip" not in (ran.folder / "plain/log.txt").read_text()
    assert ran.values()["plain"].startswith("hello from ")


def test_a_component_cannot_install_by_itself(run):
    """A task that calls pip would change the interpreter of all tasks."""

    @dsl.component(base_image="python:3.13", install_kfp_package=False)
    def install() -> str:
        import os

        return os.environ["PIP_REQUIRE_VIRTUALENV"]

    assert run(install).values() == {"install": "true"}


def test_packages_that_are_there_are_not_installed(run):
    """The advice in the refusal works."""
    assert run(launched.content).status == 0


@pytest.mark.parametrize(
    ("component", "flags", "messages"),
    [
        (
            launched.needy,
            [],
            [
                "task needy must not install packages on this machine, got packages_to_install="
                "['no-such-package==1', 'other>2']. Add them to the run_deps of //it:it, or run all tasks "
                "in their images: --in_image."
            ],
        ),
        (
            launched.container_last,
            [],
            [
                "task echo must be a Python function to run outside its image, but is a container of "
                "'alpine'. Run all tasks in their images: --in_image."
            ],
        ),
        (
            launched.remote,
            [],
            [
                "task importer must import a path on this machine, got 's3://bucket/table'. Fetch it, "
                "and give the path of the copy."
            ],
        ),
        (
            launched.cached_import,
            ["--uri=file:///etc/hosts"],
            ["task importer must import a path, got 'file:///etc/hosts'. Write '/etc/hosts'."],
        ),
        (
            launched.cached_import,
            ["--uri=nowhere"],
            [
                "task importer must import a path on this machine, got 'nowhere', which does not exist."
            ],
        ),
        (
            launched.once,
            ["--text=hi", "--in_image"],
            [
                "task read must run in an image of this build, got 'python:3.13'. Add its "
                "kfp_image_reference to the image or images of //it:it.",
                "task write must run in an image of this build, got 'python:3.13'. Add its "
                "kfp_image_reference to the image or images of //it:it.",
            ],
        ),
    ],
)
def test_what_cannot_run_here_is_refused_before_the_first_task(run, component, flags, messages):
    """Each reason is one line with advice, and nothing is left behind."""
    ran = run(component, *flags)
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.splitlines() == messages
    assert not ran.root.exists()


def test_an_engine_needs_its_package(run):
    """Exactly one way to run must be selected."""
    ran = run(launched.once, "--text=hi", "--docker")
    assert (ran.status, ran.out) == (1, "")
    message = "--docker must find the package docker. Add it to the run_deps of //it:it.\n"
    assert ran.err == message
    both = run(launched.once, "--text=hi", "--docker", "--in_image")
    assert "--in_image or --docker must be given, but not both." in both.err


def test_all_reasons_are_said(run):
    """All reasons are reported together."""
    assert len(run(launched.many_reasons).err.splitlines()) == 2


def test_what_only_the_run_shows_fails_its_task(run):
    """The URI of an importer may be the output of a task."""
    ran = run(launched.late)
    assert ran.status == 1
    assert ran.states() == {"plain": "succeeded", "importer": "failed", "read": "skipped"}
    assert "task importer failed: import a path on this machine, got 's3://" in ran.err


@pytest.mark.parametrize(
    ("pipeline", "what"), [(launched.branches, "condition"), (launched.loop, "loop")]
)
def test_an_old_kfp_is_not_trusted_with_control_flow(pipeline, what):
    """KFP 2.16 runs both branches."""
    arguments = {"which": "here"} if what == "condition" else {}
    found = steps(pipeline, arguments)
    assert not refusals(found, [control_flow("2.17.0")])
    refused = refusals(found, [control_flow("2.16.3")])
    assert refused["comp-" + ("echo" if what == "condition" else "write")].endswith(
        f"must have kfp 2.17 or later to run in a {what} here, got kfp 2.16.3."
    )
    assert "comp-join" not in refused


def test_a_branch_that_is_not_taken_may_be_what_cannot_run_here(run):
    """A task that cannot run here is refused only when its branch is taken."""
    ran = run(launched.branches, "--which=here")
    assert ran.status == 0, ran.err
    assert ran.states() == {"plain": "succeeded", "echo": "skipped"}
    ran = run(launched.branches, "--which=there")
    assert ran.status == 1
    assert "task echo must be a Python function to run outside its image" in ran.err


def test_a_text_in_a_condition_may_hold_anything(run):
    """KFP pastes the text into Python."""
    ran = run(launched.branches, "--which=' == '' or '")
    assert ran.states() == {"plain": "skipped", "echo": "failed"}


def test_a_condition_that_kfp_cannot_evaluate_is_no_false_one(run):
    """Otherwise tasks would be skipped, and the run would succeed."""
    ran = run(launched.blind)
    assert ran.status == 1
    assert ran.states() == {"decide": "succeeded", "plain": "skipped"}
    assert ran.err.startswith("blind failed: KFP's local runner: Condition evaluation failed for")


def test_tasks_of_one_component_have_folders_of_their_own(run):
    """Each task reads what its own predecessor wrote."""
    ran = run(launched.twice)
    assert ran.status == 0, ran.err
    assert ran.values()["plain"].startswith("one two from ")


def test_a_loop_has_a_line_an_iteration(run):
    """The tasks of a loop run in parallel."""
    ran = run(launched.loop)
    assert ran.status == 0, ran.err
    assert ran.values() == {"join": "a,b,c"}
    made = [f"for-loop-2-iteration-{i}/write" for i in range(3)]
    assert ran.states() == dict.fromkeys([*made, "join"], "succeeded")


def test_a_failure_ends_with_why_and_where_the_log_is(run, tmp_path):
    """The last lines of the log are on stderr; tasks that did not start are listed."""
    ran = run(launched.failing, "--path=none")
    assert ran.status == 1
    log = f"local_outputs/{ran.folder.name}/fail-unless/log.txt"
    assert ran.err.splitlines() == [
        "task fail-unless failed: ValueError: path must exist, got nothing",
        f"log: {log}",
    ]
    assert "looking" in (tmp_path / log).read_text()
    assert ran.states() == {"fail-unless": "failed", "plain": "skipped"}
    assert "path must exist, got nothing" in (ran.folder / "index.html").read_text()
    assert "Traceback" not in ran.out


@pytest.mark.parametrize(
    ("component", "reason"),
    [
        (launched.end_hard, "ended by SIGKILL"),
        (
            launched.import_missing,
            "ModuleNotFoundError: No module named 'no_such_module'. Add the target that provides it "
            "to the run_deps of //it:it.",
        ),
    ],
)
def test_reasons(run, component, reason):
    """The reason is stated for a task without output, and for one that lacks a module."""
    ran = run(component)
    assert ran.status == 1
    assert ran.err.splitlines()[0] == f"task {component.name} failed: {reason}"


def test_a_message_of_several_lines_is_whole(run):
    """An exception may have several lines."""
    ran = run(launched.fail_unless, "--path=none", "--message=one\ntwo")
    assert ran.err.startswith("task fail-unless failed: ValueError: one\ntwo\nlog: ")


def test_verbose_shows_what_is_printed(run, tmp_path):
    """Both the output of KFP and that of the task are shown."""
    quiet = run(launched.fail_unless, f"--path={tmp_path}")
    assert "looking" not in quiet.out
    loud = run(launched.fail_unless, f"--path={tmp_path}", "--verbose")
    assert "looking\n" in loud.out
    assert "INFO Executing task" in loud.out


def test_a_component_alone_takes_a_local_artifact(run, tmp_path):
    """The path is relative to the user's folder."""
    (tmp_path / "table").write_text("rows")
    ran = run(launched.read, "--data", "table")
    assert ran.status == 0, ran.err
    assert ran.values() == {"read": "rows"}


def test_reports_open_in_a_browser(run):
    """HTML has its extension, Markdown becomes HTML, and metrics are listed by name."""
    ran = run(launched.reported)
    assert ran.status == 0, ran.err
    assert "  judge  rmse  0.25" in ran.out.splitlines()
    page = (ran.folder / "index.html").read_text()
    for name in ("judge.page.html", "judge.text.html"):
        assert f'href="reports/{name}"' in page
    assert (ran.folder / "reports/judge.page.html").read_text() == "<p>a page</p>"
    text = (ran.folder / "reports/judge.text.html").read_text()
    assert "<h1>Title</h1>" in text
    assert "<td>1</td>" in text
    assert "&lt;script&gt;" in text
    assert "confusionMatrix" in page


def test_runs_are_listed_and_removed(run, tmp_path):
    """Only the runs of this pipeline are listed, and nothing else in the folder."""
    run(launched.plain)
    run(launched.failing, "--path=none")
    ran = run(launched.failing, f"--path={tmp_path}")
    other = ran.root / "failing-notes"
    other.mkdir()
    listed = run(launched.failing, "--list_runs").out.splitlines()
    assert [line.split()[1] for line in listed] == ["failed", "succeeded"]
    removed = run(launched.failing, "--remove_runs=failed").out
    assert removed == f"removed {listed[0].split()[0]}\n"
    wrong = run(launched.failing, "--remove_runs=../x")
    assert wrong.status == 2
    assert "--remove_runs must be a run of failing in " in wrong.err
    assert run(launched.failing, "--remove_runs=all", "--list_runs").out.startswith(
        "removed failing"
    )
    assert sorted(p.name.split("-2")[0] for p in ran.root.iterdir()) == ["failing-notes", "plain"]


def test_a_run_with_cache_goes_on_after_a_failure(run, tmp_path):
    """Completed tasks are taken from the cache; a task that depends on a path is not."""
    flags = ["--path=marker", "--cache"]
    assert run(launched.resumable, *flags).states() == {
        "write": "succeeded",
        "fail-unless": "failed",
    }
    (tmp_path / "marker").touch()
    assert run(launched.resumable, *flags).states() == {
        "write": "cached",
        "fail-unless": "succeeded",
    }
    again = run(launched.resumable, *flags)
    assert again.states() == {"write": "cached", "fail-unless": "succeeded"}
    assert run(launched.resumable, "--path=marker").states()["write"] == "succeeded"


def test_the_cache_knows_what_is_behind_an_import(run, tmp_path):
    """Other content at the same place is a different input."""
    data, flags = tmp_path / "data", ["--uri=data", "--cache"]
    data.write_text("old")
    assert run(launched.cached_import, *flags).values() == {"read": "old"}
    assert run(launched.cached_import, *flags).states()["read"] == "cached"
    data.write_text("new")
    assert run(launched.cached_import, *flags).values() == {"read": "new"}


def test_a_path_is_never_answered_from_the_cache(run, tmp_path):
    """The component reads the path by itself."""
    (tmp_path / "data").write_text("old")
    for _ in range(2):
        ran = run(launched.reads_path, "--path=data", "--cache")
        assert ran.states() == {"read-path": "succeeded"}
    assert not list((ran.root / ".kfp_cache").iterdir())


def test_what_a_cluster_provides_must_be_here(run):
    """Secrets and variables must exist; a missing volume is reported."""

    @dsl.pipeline
    def mounted(path: str):
        task = launched.fail_unless(path=path)
        kubernetes.mount_pvc(task, pvc_name="claim", mount_path="/no/such/folder")

    ran = run(mounted, "--path=/")
    assert ran.status == 0, ran.err
    line = "  fail-unless has no /no/such/folder here, where a cluster mounts a volume"
    assert line in ran.out.splitlines()

    @dsl.pipeline
    def secret(path: str):
        task = launched.fail_unless(path=path)
        kubernetes.use_secret_as_env(task, "secret", {"key": "A_TOKEN"})
        kubernetes.use_secret_as_volume(task, "secret", "/no/such/folder")

    assert run(secret, "--path=/").err.splitlines() == [
        "task fail-unless must find /no/such/folder, which a cluster mounts, on this machine. Create it.",
    ]

    @dsl.pipeline
    def variable(path: str):
        task = launched.fail_unless(path=path)
        kubernetes.use_secret_as_env(task, "secret", {"key": "A_TOKEN"})

    assert run(variable, "--path=/").err.splitlines() == [
        "task fail-unless must find the environment variable A_TOKEN, which a cluster sets. Set it."
    ]
    assert run(variable, "--path=/", A_TOKEN="x").status == 0


def test_what_a_task_leaves_behind_ends_with_it(run, tmp_path):
    """The processes end as in a pod; the run does not wait for them."""
    start = time.monotonic()
    assert run(launched.leave_behind, f"--path={tmp_path / 'pid'}").status == 0
    assert time.monotonic() - start < 120
    assert not _alive(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_nothing_outlives_an_interrupted_run(command, tmp_path, number):
    """The task ends with the run, which reports it."""
    process = subprocess.Popen(
        command(launched.sleep, f"--path={tmp_path / 'pid'}"),
        env=os.environ | {"BUILD_WORKING_DIRECTORY": str(tmp_path)},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        assert process.poll() is None
        time.sleep(0.1)
    process.send_signal(number)
    error = process.communicate(timeout=60)[1]
    assert process.returncode == 130, error
    assert "sleep interrupted: a signal has ended it" in error
    assert not _alive(int((tmp_path / "pid").read_text()))
    (record,) = (tmp_path / "local_outputs").glob("*/run.json")
    assert json.loads(record.read_text())["state"] == "interrupted"
    assert not list((tmp_path / "local_outputs").glob(".scratch*"))


def _alive(number: int) -> bool:
    """Return whether a process is still running; one that has ended may wait for its parent."""
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
