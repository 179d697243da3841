"""pytest in the checkout: what needs Bazel is skipped, and everything else is as it was."""

import os
import shutil
import subprocess
import sys

import pytest


@pytest.fixture
def run(tmp_path):
    """Run pytest in a checkout that has only the given file of tests; return its summary."""
    for name in ("conftest.py", "pytest.ini"):
        shutil.copy(name, tmp_path)

    def _run(text, file="tests/test_it.py"):
        path = tmp_path / file
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("TEST", "PYTEST"))}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-rs"],
            env=environment | {"PYTHONPATH": os.pathsep.join(sys.path)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        return done.stdout

    return _run


@pytest.mark.parametrize(
    "text",
    [
        "import os\nX = os.environ['IMAGE']\ndef test_a(): pass\n",
        "import os\ndef test_a(): os.environ['IMAGE']\n",
        "import os, pytest\n@pytest.fixture\ndef x(): os.environ['IMAGE']\ndef test_a(x): pass\n",
    ],
    ids=["import", "test", "fixture"],
)
def test_what_misses_a_variable_of_bazels_is_skipped(run, text):
    """The reason has the word Bazel and the name of the variable."""
    summary = run(text)
    assert "needs Bazel, which sets IMAGE" in summary
    assert "1 skipped in" in summary


@pytest.mark.parametrize(
    "text",
    [
        "def test_a(): {}['IMAGE']\n",
        "def test_a(): raise KeyError('IMAGE')\n",
        "import os\ndef test_a():\n    assert 'IMAGE' in os.environ\n",
    ],
)
def test_other_errors_fail(run, text):
    """Only the environment's own error is a reason to skip."""
    assert "1 failed in" in run(text)


def test_modules_beside_a_test_are_found(run, tmp_path):
    """The folders in which tests find modules are those of their targets."""
    (tmp_path / "bazel/testing").mkdir(parents=True)
    (tmp_path / "bazel/testing/beside.py").touch()
    assert "1 passed in" in run("import beside\ndef test_a(): pass\n")


@pytest.mark.parametrize("folder", ["bazel-checkout", "e2e/consumer"])
def test_other_workspaces_are_left_out(run, folder):
    """Neither what Bazel built nor a workspace of its own is collected."""
    assert "no tests ran" in run("def test_a(): pass\n", f"{folder}/test_it.py")
