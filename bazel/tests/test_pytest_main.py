"""Tests of pytest_main, the program behind pytest_test."""

import os
import pty
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

_THREE = "def test_a(): pass\ndef test_b(): pass\ndef test_c(): pass\n"


@pytest.fixture
def run(tmp_path):
    """Run pytest_main on a module with the given text, in an environment like Bazel's."""

    def _run(
        text: str, folder: Path | None = None, **environ: str
    ) -> subprocess.CompletedProcess[str]:
        module = (folder or tmp_path) / "test_module.py"
        module.write_text(text, encoding="utf-8")
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("TEST", "XML"))}
        return subprocess.run(
            [sys.executable, Path(os.environ["PYTEST_MAIN"]).absolute(), "-v", str(module)],
            cwd=folder,
            env=inherited | {"PYTHONPATH": os.pathsep.join(sys.path)} | environ,
            capture_output=True,
            text=True,
            check=False,
        )

    return _run


def test_passes_and_fails_with_the_tests(run):
    """The exit status is that of pytest."""
    assert run("def test_a(): pass\n").returncode == 0
    assert run("def test_a(): assert False\n").returncode == 1


def test_writes_junit_xml(run, tmp_path):
    """Bazel reads every test case from XML_OUTPUT_FILE."""
    xml = tmp_path / "test.xml"
    run(_THREE, XML_OUTPUT_FILE=str(xml))
    assert {c.get("name") for c in ET.parse(xml).iter("testcase")} == {"test_a", "test_b", "test_c"}


def test_filter_is_an_expression_of_pytest(run):
    """--test_filter takes the same expressions as -k."""
    result = run(_THREE, TESTBRIDGE_TEST_ONLY="test_a or test_c")
    assert result.returncode == 0
    assert "2 passed, 1 deselected" in result.stdout


@pytest.mark.parametrize(("index", "names"), [("0", "ac"), ("1", "b")])
def test_shards_share_the_tests(run, tmp_path, index, names):
    """Every test runs in exactly one shard, and the shard tells Bazel that it supports sharding."""
    status = tmp_path / "status"
    result = run(
        _THREE,
        TEST_TOTAL_SHARDS="2",
        TEST_SHARD_INDEX=index,
        TEST_SHARD_STATUS_FILE=str(status),
    )
    assert result.returncode == 0
    assert [n for n in "abc" if f"test_{n} PASSED" in result.stdout] == list(names)
    assert status.exists()


def test_a_shard_may_be_empty(run):
    """A shard without tests passes."""
    assert run(_THREE, TEST_TOTAL_SHARDS="4", TEST_SHARD_INDEX="3").returncode == 0


@pytest.mark.parametrize("shards", [{}, {"TEST_TOTAL_SHARDS": "2", "TEST_SHARD_INDEX": "1"}])
@pytest.mark.parametrize(
    ("text", "wanted", "message"),
    [
        ("def check(): pass\n", {}, "srcs must hold tests, got none named test_"),
        (_THREE, {"TESTBRIDGE_TEST_ONLY": "test_z"}, "got none that match --test_filter=test_z."),
    ],
)
def test_a_target_without_tests_fails(run, shards, text, wanted, message):
    """Having nothing to run is an error, whether due to the sources or to the filter."""
    result = run(text, **shards, **wanted)
    assert result.returncode == 5
    assert message in result.stderr


@pytest.mark.parametrize(
    "text",
    [
        "import pytest\n@pytest.mark.slwo\ndef test_a(): pass\n",
        "import pytest\n@pytest.mark.xfail\ndef test_a(): pass\n",
        "def test_a(): return 1\n",
    ],
)
def test_mistakes_in_tests_fail(run, text):
    """An unknown mark, an xfail that passes and a test that returns something all fail."""
    assert run(text).returncode != 0


def test_fail_fast_stops_at_the_first_failure(run):
    """--test_runner_fail_fast is passed to pytest."""
    text = "def test_a(): assert False\ndef test_b(): pass\n"
    result = run(text, TESTBRIDGE_TEST_RUNNER_FAIL_FAST="1")
    assert "1 failed" in result.stdout
    assert "passed" not in result.stdout


def test_the_workspace_around_the_runfiles_has_no_say(run, tmp_path):
    """An unsandboxed test has its runfiles inside of the workspace, whose settings are not its own."""
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    (tmp_path / "conftest.py").write_text("raise ValueError\n")
    runfiles = tmp_path / "runfiles"
    runfiles.mkdir()
    result = run("def test_a(): pass\n", runfiles)
    assert result.returncode == 0, result.stderr


def test_a_configuration_in_the_runfiles_is_used(run, tmp_path):
    """A test that has pytest.ini in its data has its marks."""
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = slow: takes its time\n")
    text = "import pytest\n@pytest.mark.slow\ndef test_a(): pass\n"
    assert run(text, tmp_path).returncode == 0


def test_temporary_folders_are_bazels(run, tmp_path):
    """tmp_path is below TEST_TMPDIR, which Bazel removes."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    text = "import os\ndef test_a(tmp_path): assert str(tmp_path).startswith(os.environ['TEST_TMPDIR'])\n"
    assert run(text, TEST_TMPDIR=str(folder)).returncode == 0
    assert Path(folder, "pytest").exists()


# As test-setup.sh does, in a session of its own whose terminal is the standard input: job control, and a
# test in the background.
_IN_BACKGROUND = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp("bash", ["bash", "-c", 'set -m; ("$@") <&0 & wait $!', "-", *sys.argv[1:]])
"""


def test_breakpoint_reads_from_the_terminal(tmp_path):
    """Under `bazel run` a test is in the background, where it would be stopped when it reads."""
    module = tmp_path / "test_module.py"
    module.write_text("def test_a():\n    answer = 6\n    breakpoint()\n    assert answer == 42\n")
    main = [sys.executable, os.environ["PYTEST_MAIN"], str(module)]
    ours, theirs = pty.openpty()
    os.write(ours, b"answer = 42\nc\n")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("TEST", "XML"))}
    done = subprocess.run(
        [sys.executable, "-c", _IN_BACKGROUND, *main],
        env=inherited | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=50,
    )
    os.close(ours)
    os.close(theirs)
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout
