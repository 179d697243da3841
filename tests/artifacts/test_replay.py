"""Tests of tools/replay with ExecutorInputs such as KFP's launcher logs."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from kfp import compiler, dsl

DATASET = {"schemaTitle": "system.Dataset", "schemaVersion": "0.0.1"}
COMPONENT = "--component=make-numeric-dataset"  # other components have n_rows, too
KEPT = os.environ["TEST_TMPDIR"]  # the image is unpacked by the first test that needs it
BUCKET = "minio://mlpipeline/v2/artifacts/run"


def artifact(name: str) -> dict[str, Any]:
    """Return an artifact in the object store of a cluster."""
    return {"artifacts": [{"name": name, "type": DATASET, "uri": f"{BUCKET}/{name}"}]}


def make_numeric_dataset(n_rows: int) -> dict[str, Any]:
    """Return the ExecutorInput of a make_numeric_dataset task."""
    return {
        "inputs": {"parameterValues": {"n_rows": n_rows}},
        "outputs": {
            "artifacts": {"data_out": artifact("data_out")},
            "outputFile": "/tmp/kfp_outputs/output_metadata.json",
        },
    }


def replay(tmp_path: Path, executor_input: object, *flags: str) -> subprocess.CompletedProcess:
    """Run the program in tmp_path, as `bazel run` would."""
    (tmp_path / "executor_input.json").write_text(json.dumps(executor_input), encoding="utf-8")
    return subprocess.run(
        [os.environ["REPLAY"], "executor_input.json", f"--keep={KEPT}", *flags],
        env=os.environ | {"BUILD_WORKING_DIRECTORY": str(tmp_path)},
        capture_output=True,
        text=True,
    )


@pytest.fixture
def count_bytes(tmp_path: Path) -> Path:
    """Compile a pipeline whose component reads an artifact; return its file."""

    @dsl.component(base_image="any", install_kfp_package=False)
    def count_bytes(data: dsl.Input[dsl.Dataset]) -> int:
        import os

        return os.path.getsize(data.path)

    path = tmp_path / "count.yaml"
    compiler.Compiler().compile(count_bytes, str(path))
    return path


def test_outputs_are_in_the_folder(tmp_path: Path):
    """A successful task leaves its artifacts at the paths that they have in the object store."""
    done = replay(tmp_path, make_numeric_dataset(5), COMPONENT)
    assert done.returncode == 0, done.stderr
    out = tmp_path / "replay"
    assert pq.read_table(out / "minio/mlpipeline/v2/artifacts/run/data_out").num_rows == 5
    assert (out / "tmp/kfp_outputs/output_metadata.json").exists()


def test_the_traceback_and_the_exit_code_are_the_tasks(tmp_path: Path):
    """A task that failed fails again, with the same traceback and exit code."""
    done = replay(tmp_path, make_numeric_dataset(-1), COMPONENT)
    assert done.returncode == 1
    assert "Traceback (most recent call last)" in done.stderr
    assert "n_rows must be at least 0, got -1" in done.stderr
    assert 'File "/opt/site-packages/kfp_component_lib/' in done.stderr


def test_inputs_are_where_the_task_looks_for_them(tmp_path: Path, count_bytes: Path):
    """The task reads the file that --artifact names, and writes its output parameter."""
    (tmp_path / "local").write_bytes(b"12345")
    executor_input = {
        "inputs": {"artifacts": {"data": artifact("data")}},
        "outputs": {
            "parameters": {"Output": {"outputFile": "/tmp/outputs/Output"}},
            "outputFile": "/tmp/outputs/executor_output.json",
        },
    }
    flags = [f"--pipeline={count_bytes}", f"--artifact={BUCKET}/data=local"]
    done = replay(tmp_path, executor_input, *flags)
    assert done.returncode == 0, done.stderr
    written = (tmp_path / "replay/tmp/outputs/executor_output.json").read_text(encoding="utf-8")
    assert json.loads(written)["parameterValues"] == {"Output": 5}


def test_an_input_without_a_place(tmp_path: Path, count_bytes: Path):
    """If no flag names the file of an artifact, the error states the flag to add."""
    executor_input = {
        "inputs": {"artifacts": {"data": artifact("data")}},
        "outputs": {"parameters": {"Output": {"outputFile": "/tmp/o"}}, "outputFile": "/tmp/e"},
    }
    done = replay(tmp_path, executor_input, f"--pipeline={count_bytes}")
    assert done.returncode == 1
    assert done.stderr.strip().endswith(f"Add: --artifact {BUCKET}/data=PATH")


@pytest.mark.parametrize(
    "uri",
    ["minio://b/../../../evil", "minio://..", "gs://b/a/../../../../evil", "b/a", "", "s3://"],
)
@pytest.mark.parametrize("side", ["inputs", "outputs"])
def test_an_artifact_outside_of_the_folder(tmp_path: Path, count_bytes: Path, uri: str, side: str):
    """A URI that leads out of the folder is refused, and nothing is written."""
    (tmp_path / "local").write_bytes(b"12345")
    (tmp_path / "work").mkdir()
    there = {"artifacts": [{"name": "data", "type": DATASET, "uri": uri}]}
    executor_input = make_numeric_dataset(5)
    if side == "inputs":
        outputs = {"parameters": {"Output": {"outputFile": "/tmp/o"}}, "outputFile": "/tmp/e"}
        executor_input = {"inputs": {"artifacts": {"data": there}}, "outputs": outputs}
    else:
        executor_input["outputs"]["artifacts"]["data_out"] = there
    before = sorted(tmp_path.rglob("*"))
    flags = [f"--pipeline={count_bytes}"] if side == "inputs" else [COMPONENT]
    done = replay(tmp_path / "work", executor_input, *flags, f"--artifact={uri}=../local")
    assert done.returncode == 1
    assert f"without '..', got {uri!r}" in done.stderr
    left = {tmp_path / "work/executor_input.json", *before}
    assert {
        p for p in tmp_path.rglob("*") if not p.is_relative_to(tmp_path / "work/replay")
    } == left
    assert not (tmp_path / "work/replay").exists()


def test_an_input_of_no_component(tmp_path: Path):
    """If no component has these inputs, the error lists the components."""
    done = replay(tmp_path, {"inputs": {"parameterValues": {"strange": 1}}, "outputs": {}})
    assert done.returncode == 1
    assert done.stderr.startswith("--component must name the component of the task")
    assert "make-numeric-dataset" in done.stderr
