"""NAME.run --docker, on a real engine: it loads the image of the build, under no name."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import docker
import pyarrow.parquet as pq
import pytest

_RUN = os.environ["RUN"]


@pytest.fixture(autouse=True)
def engine() -> Iterator[docker.DockerClient]:
    """Leave the engine that DOCKER_HOST names as it was."""
    client = docker.from_env()
    before = {image.id for image in client.images.list(all=True)}
    yield client
    assert client.containers.list(all=True) == []
    for image in client.images.list(all=True):
        if image.id not in before:
            client.images.remove(image.id, force=True)
    client.close()


def run(folder: Path, *flags: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the pipeline where the user is in `folder`."""
    target = ["--label=//it:it", f"--definition={os.environ['DEFINITION']}"]
    images = [f"--container={os.environ['CONTAINER']}", f"--layouts={os.environ['IMAGE']}"]
    return subprocess.run(
        [_RUN, *target, *images, "--", "--docker", *flags],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"BUILD_WORKING_DIRECTORY": str(folder)} | environ,
    )


def test_the_task_runs_in_the_image_of_the_build(tmp_path: Path):
    """The definition names it by its digest, which no registry has to serve."""
    done = run(tmp_path, "--n_rows=10")
    assert done.returncode == 0, done.stderr
    (path,) = tmp_path.rglob("data_out")
    assert pq.read_table(path).num_rows == 10


def test_a_task_that_fails_at_once_has_failed(tmp_path: Path):
    """KFP's own function may take it for one that has succeeded."""
    done = run(tmp_path, "--n_rows=-1", "--verbose")
    assert done.returncode == 1
    assert "Traceback" in done.stdout
    reason = done.stderr.splitlines()[0]
    assert reason.startswith(
        "task make-numeric-dataset failed: kfp_component_lib.errors.DataError: "
    )


def test_an_engine_must_answer(tmp_path: Path):
    """Before anything runs."""
    done = run(tmp_path, "--n_rows=1", DOCKER_HOST="unix:///no/such/socket")
    assert done.returncode == 1
    assert done.stderr.startswith("--docker must find an engine, got ")
    assert not list(tmp_path.iterdir())
