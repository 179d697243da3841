"""What the rules made with one version of KFP."""

import os
import subprocess
from pathlib import Path

import kfp
import yaml


def test_the_definition_names_the_version_it_was_compiled_by():
    """It is the one of the hub that the target names."""
    text = Path(os.environ["DEFINITION"]).read_text(encoding="utf-8")
    spec, platform = yaml.safe_load_all(text)
    assert spec["sdkVersion"] == f"kfp-{kfp.__version__}"
    assert spec["pipelineInfo"]["description"] == "Says Hello."
    assert "kubernetes" in platform["platforms"]


def _run(program: str, folder: Path) -> subprocess.CompletedProcess[str]:
    ours = ["--label=//:it", f"--definition={os.environ['DEFINITION']}", "--container=none"]
    command = [os.environ[program], *ours, "--", "--name=world", f"--output_root={folder}"]
    return subprocess.run(command, capture_output=True, text=True)


def test_it_runs_locally(tmp_path):
    """NAME.run uses the local runner of that KFP, whose interfaces have changed between versions."""
    done = _run("RUN", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Hello, world!" in done.stdout


def test_a_package_that_the_local_runner_needs_is_named(tmp_path):
    """The local runner of older versions cannot be imported without docker, which KFP does not require."""
    done = _run("RUN_WITHOUT_DOCKER", tmp_path)
    if kfp.__version__.startswith("2.15."):
        assert done.returncode == 1
        assert done.stderr.startswith(
            "//:it.run must find the package docker, which the local runner"
        )
    else:
        assert done.returncode == 0, done.stderr
