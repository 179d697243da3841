"""A component in the built image, run by KFP's DockerRunner on a real engine."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import docker
import pyarrow.parquet as pq
import pytest
from kfp import dsl, local

from kfp_component_lib import KFP_CONTAINER_IMAGE
from kfp_component_lib.components import make_numeric_dataset


@pytest.fixture(scope="module")
def engine() -> Iterator[docker.DockerClient]:
    """Load the image into the engine that DOCKER_HOST names; take it out afterwards."""
    client = docker.from_env()
    with open(os.environ["ARCHIVE"], "rb") as archive:
        client.images.load(archive)
    yield client
    client.images.remove(KFP_CONTAINER_IMAGE)
    client.close()


@dsl.pipeline(name="one-task")
def one_task(n_rows: int):
    """Make one data set."""
    make_numeric_dataset(n_rows=n_rows)


@pytest.fixture
def pipeline_root(engine: docker.DockerClient) -> Path:
    """Set the runner up as a locked cluster does; return where it leaves its outputs."""
    root = Path(tempfile.mkdtemp(dir=os.environ["TEST_TMPDIR"]))
    runner = local.DockerRunner(
        cap_drop=["ALL"],
        network_mode="none",
        read_only=True,
        tmpfs={"/tmp": ""},
        user=f"{os.getuid()}:0",
    )
    local.init(runner, pipeline_root=str(root))
    return root


def test_the_component_runs(pipeline_root: Path, capfd: pytest.CaptureFixture[str]):
    """The engine has the image under the name that the component asks for, and runs it."""
    one_task(n_rows=10)
    (path,) = pipeline_root.rglob("data_out")
    assert pq.read_table(path).num_rows == 10
    assert f"Found image '{KFP_CONTAINER_IMAGE}'" in capfd.readouterr().out


def test_a_failing_task_says_why(pipeline_root: Path, capfd: pytest.CaptureFixture[str]):
    """The traceback comes through, and no output is left.

    KFP takes a container that is gone before it asks for its exit code for one that succeeded
    (kfp.local.docker_task_handler), so the run's status proves nothing here.
    """
    with contextlib.suppress(RuntimeError):
        one_task(n_rows=-1)
    assert "n_rows must be at least 0, got -1" in capfd.readouterr().out
    assert list(pipeline_root.rglob("data_out")) == []
