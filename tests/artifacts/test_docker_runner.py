"""A component in the built image, run by KFP's DockerRunner on a real engine."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import docker
import docker.models.containers
import pyarrow.parquet as pq
import pytest
from kfp import dsl, local

from kfp_component_lib import KFP_CONTAINER_IMAGE
from kfp_component_lib.components import make_numeric_dataset


@pytest.fixture(scope="module")
def engine() -> Iterator[docker.DockerClient]:
    """Load the image into the engine that DOCKER_HOST names; take it out afterwards."""
    path = os.environ["ARCHIVE"]
    client = docker.from_env()
    with open(path, "rb") as archive:
        client.images.load(archive)
    yield client
    client.containers.prune()
    client.images.remove(KFP_CONTAINER_IMAGE)
    client.close()


@pytest.fixture(autouse=True)
def kept_containers(monkeypatch: pytest.MonkeyPatch):
    """Let the engine keep a container until KFP has read its log and its exit code.

    KFP asks for removal at once, and takes a container that is gone before it was asked for one
    that succeeded (kfp.local.docker_task_handler): a race that a quick failure may win.
    """
    run = docker.models.containers.ContainerCollection.run

    def run_and_keep(self, *args, auto_remove, **kwargs):
        return run(self, *args, **kwargs)

    monkeypatch.setattr(docker.models.containers.ContainerCollection, "run", run_and_keep)


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
    """The run fails, the traceback comes through, and no output is left."""
    with pytest.raises(RuntimeError, match="one-task"):
        one_task(n_rows=-1)
    assert "n_rows must be at least 0, got -1" in capfd.readouterr().out
    assert list(pipeline_root.rglob("data_out")) == []
