"""Tests of NAME.run --in_image, which runs each task in the image that it has on a cluster."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from kfp import compiler, dsl
from kfp.dsl import Dataset, Input, Output
from oci_layout import Image

if sys.platform != "linux":
    pytest.skip(
        "--in_image needs Linux namespaces: NOTHING was tested here", allow_module_level=True
    )

_IRIS = Path(os.environ["IRIS"]).absolute()
_IMAGE = "localhost:5000/it:1@" + Image(Path(os.environ["IMAGE"])).digest


@dataclasses.dataclass
class Ran:
    """A run that has ended: its exit status, what was printed, and its folder."""

    status: int
    out: str
    err: str
    root: Path

    @property
    def tasks(self) -> dict[str, dict]:
        """The records of the tasks, by the task's name."""
        record = self.root / self.out.splitlines()[0].removeprefix("run ") / "run.json"
        return {task["name"]: task for task in json.loads(record.read_text())["tasks"]}

    def path(self, task: str, artifact: str) -> str:
        """Return the path of an artifact."""
        return self.tasks[task]["artifacts"][artifact][0]["path"]


@pytest.fixture
def run(tmp_path):
    """Return a function that runs the program of a pipeline with an image layout.

    It runs the pipeline `name` of the workspace, or `component` if that is given.
    """

    def _run(name: str, *flags: str, component=None) -> Ran:
        definition = Path(os.environ["PIPELINES"], f"{name}.yaml")
        if component:
            definition = tmp_path / "definition.yaml"
            compiler.Compiler().compile(component, str(definition))
        done = subprocess.run(
            [
                Path(os.environ["PIPELINES"], f"{name}.run").absolute(),
                "--label=//it:it",
                f"--definition={definition}",
                f"--container={os.environ['CONTAINER']}",
                f"--layouts={os.environ['IMAGE']}",
                "--",
                "--kfp_in_image",
                f"--kfp_output_root={tmp_path / 'runs'}",
                *flags,
            ],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"BUILD_WORKING_DIRECTORY": str(tmp_path)},
            timeout=280,
        )
        return Ran(done.returncode, done.stdout, done.stderr, tmp_path / "runs")

    return _run


def test_synthetic_data(run):
    """Two tasks run in sequence; no unpacked image or temporary file is left behind."""
    ran = run("synthetic_data", "--n_rows=10")
    assert ran.status == 0, ran.err
    assert [path.name[:9] for path in ran.root.iterdir()] == ["synthetic"]
    assert len(pd.read_parquet(ran.path("make-numeric-dataset-2", "data_out"))) == 10


def test_sharded_data(run):
    """A loop over three shards runs a task for each of them."""
    ran = run("sharded_data", "--n_rows=100", "--n_shards=3")
    assert ran.status == 0, ran.err
    assert sum("profile-dataset" in name for name in ran.tasks) == 3


def test_training_scoring_and_monitoring(run, tmp_path):
    """One pipeline can read what another has written, as containers see the folder of its run."""
    table = tmp_path / "iris.parquet"
    pd.read_csv(_IRIS).drop(columns="species").to_parquet(table)
    trained = run(
        "tabular_training", f"--data_uri={table}", "--label=petal_width", "--format=parquet"
    )
    assert trained.status == 0, trained.err
    evaluated = next(t for n, t in trained.tasks.items() if n.startswith("evaluate"))
    assert evaluated["artifacts"]["metrics_out"][0]["metadata"]["rows"] == 45
    scored = run(
        "batch_scoring",
        f"--data_uri={table}",
        f"--transform_uri={trained.path('fit-transform-features', 'transform_out')}",
        f"--model_uri={trained.path('train-linear-model', 'model_out')}",
    )
    assert scored.status == 0, scored.err
    assert len(pd.read_parquet(scored.path("batch-predict", "predictions_out"))) == 150
    flags = ["--claim=unused", f"--path={table}", "--label=petal_width"]
    assert run("volume_training", *flags).status == 0
    watched = run("drift_monitoring", f"--reference_uri={table}", f"--current_uri={table}")
    assert watched.status == 0, watched.err
    assert watched.tasks["detect-drift"]["parameters"] == {"drifted": False}


def test_tree_training(run, tmp_path):
    """Trees learn classes that are texts, in an image that has scikit-learn."""
    table = tmp_path / "iris.parquet"
    pd.read_csv(_IRIS).to_parquet(table)
    flags = [f"--data_uri={table}", "--label=species", "--format=parquet"]
    ran = run("tree_training", *flags, "--task=classification", "--stratify_column=species")
    assert ran.status == 0, ran.err
    evaluated = next(t for n, t in ran.tasks.items() if n.startswith("evaluate"))
    assert evaluated["artifacts"]["metrics_out"][0]["metadata"]["macro_f1"] > 0.85


def test_no_pipeline_was_left_out():
    """Every compiled pipeline has its program in the data of this test; add a test of a new one."""
    folder = Path(os.environ["PIPELINES"])
    tested = {path.stem for path in folder.glob("*.run")}
    compiled = {path.stem for path in folder.glob("*.yaml")}
    assert {name for name in compiled if not name.endswith(".in_image")} == tested


def test_a_failure_is_that_of_the_task(run):
    """The error states the task and the reason, which comes from the output of its container."""
    ran = run("synthetic_data", "--n_rows=-1")
    assert ran.status == 1
    assert ran.err.startswith(
        "task make-numeric-dataset failed: kfp_component_lib.errors.DataError: "
    )


@dsl.container_component
def count(data: Input[Dataset], lines: dsl.OutputPath(int)):  # type: ignore[valid-type]
    """Count lines without Python."""
    script = 'mkdir -p "$(dirname "$1")" && wc -l < "$0" > "$1"'
    return dsl.ContainerSpec(image=_IMAGE, command=["sh", "-c", script], args=[data.path, lines])


@dsl.component(base_image=_IMAGE, install_kfp_package=False)
def look(path: str, out: Output[Dataset]) -> str:
    """Return the user, the working folder, and what else the task sees."""
    import os
    import sys
    import tempfile

    with open(out.path, "w", encoding="utf-8") as file:
        file.write("x")
    with tempfile.TemporaryFile() as file:
        file.write(b"x")
    try:
        with open(path, "a", encoding="utf-8"):
            written = "written"
    except OSError as error:
        written = str(error.strerror)
    kfp = sys.modules["kfp"].__file__
    return f"{os.getuid()} {os.getcwd()} {kfp.partition('/kfp/')[0]} {open(path).read()} {written}"


def test_a_container_component_runs(run, tmp_path):
    """A component without a Python function runs, with an artifact on this machine as its input."""
    (tmp_path / "text").write_text("one\ntwo\n", encoding="utf-8")
    ran = run("synthetic_data", "--data=text", component=count)
    assert ran.status == 0, ran.err
    assert ran.tasks["count"]["parameters"] == {"lines": 2}


def test_a_task_sees_its_image_and_its_inputs(run, tmp_path):
    """A task runs as the image's user in the image's folder, and cannot change its inputs."""
    (tmp_path / "input").write_text("text", encoding="utf-8")
    ran = run("synthetic_data", f"--path={tmp_path / 'input'}", component=look)
    assert ran.status == 0, ran.err
    seen = ran.tasks["look"]["parameters"]["Output"]
    assert seen == "65532 /tmp /opt/site-packages text Read-only file system"
