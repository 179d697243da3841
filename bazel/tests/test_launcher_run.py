"""NAME.run, as `bazel run` starts it."""

import json
import os
import subprocess


def _start(name: str, *flags: str, **environ: str) -> subprocess.CompletedProcess[str]:
    source = os.environ["SOURCE"]
    arguments = {
        "ADD_RUN": ["//bazel/tests:add", "component", source, ""],
        "MINIMAL_RUN": ["//bazel/tests:minimal", "pipeline", source, ""],
    }
    return subprocess.run(
        [os.environ[name], *arguments[name], *flags],
        env=os.environ | environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def test_help_lists_the_parameters():
    """Type, description and default are those of the pipeline."""
    help_text = _start("MINIMAL_RUN", "--help").stdout
    assert "--a INTEGER" in help_text
    assert "The first of them. (default: 1)" in help_text


def test_run_writes_where_the_user_is(tmp_path):
    """The default folder is below the folder that `bazel run` was typed in."""
    result = _start("MINIMAL_RUN", "--a", "40", BUILD_WORKING_DIRECTORY=str(tmp_path))
    assert result.returncode == 0, result.stderr
    (output,) = (tmp_path / "local_outputs").glob("minimal-*/add/executor_output.json")
    assert json.loads(output.read_text())["parameterValues"] == {"Output": 42}


def test_run_of_a_component(tmp_path):
    """A component runs alone; its required parameter is a required flag."""
    assert "--a must be given" in _start("ADD_RUN").stderr
    result = _start("ADD_RUN", "--a=1", "--b=2", f"--output_root={tmp_path / 'out'}")
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "out").exists()


def test_run_refuses_a_value_of_another_type():
    """Before anything runs."""
    result = _start("MINIMAL_RUN", "--a=many")
    assert result.returncode == 2
    assert "--a must be a whole number, got 'many'. Example: --a 3" in result.stderr
