"""oci_push: the content of a registry after a push, and the effects of the flags."""

import os
import subprocess
from pathlib import Path

import pytest
from crane_registry import serve

SECONDS = 60


def crane(*arguments):
    """The output of crane."""
    command = [os.environ["CRANE"], *arguments]
    return subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=SECONDS
    ).stdout


@pytest.fixture(scope="module")
def registry():
    """The address of a registry on a free port, which stops after the tests in this file."""
    with serve(os.environ["CRANE"]) as port:
        yield f"127.0.0.1:{port}"


def push(name, *flags):
    """Runs an oci_push target."""
    command = [os.environ[name], *flags]
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)


def digest(name):
    """The content of a .digest target."""
    return Path(os.environ[name + "_DIGEST"]).read_text().strip()


@pytest.mark.parametrize("flag", ["--repository {}", "-r {}", "--repository={}"])
def test_repository_of_the_command_line_wins(registry, flag):
    """The image is pushed with its own digest and the listed tag."""
    repository = f"{registry}/wins-{len(flag)}"
    result = push("PUSH", *flag.format(repository).split())
    assert result.returncode == 0, result.stderr
    assert crane("ls", repository).split() == ["listed"]
    assert crane("digest", f"{repository}:listed").strip() == digest("CHILD")


@pytest.mark.parametrize("flag", ["--tag extra", "-t extra", "--tag=extra"])
def test_tags_of_the_command_line_add_to_the_list(registry, flag):
    """`--tag` does not replace remote_tags."""
    repository = f"{registry}/adds-{len(flag)}"
    result = push("PUSH", "--repository", repository, *flag.split())
    assert result.returncode == 0, result.stderr
    assert sorted(crane("ls", repository).split()) == ["extra", "listed"]


def test_index_and_tags_of_a_file(registry):
    """All images of an index are pushed, and each line of the file is a tag."""
    repository = f"{registry}/index"
    result = push("PUSH_BY_FILES", "--repository", repository)
    assert result.returncode == 0, result.stderr
    assert sorted(crane("ls", repository).split()) == ["one", "two"]
    assert crane("digest", f"{repository}:one").strip() == digest("INDEX")


def test_repository_of_a_file_is_used():
    """The name is read from the file: crane refuses it."""
    result = push("PUSH_BY_FILES")
    assert result.returncode != 0
    assert "registry.invalid/In-A-File@sha256:" in result.stderr


def test_flags_go_on_to_crane(registry):
    """Unknown flags are passed to crane, which refuses those that it does not have."""
    result = push("PUSH", "--repository", f"{registry}/flags", "--no-such-flag")
    assert result.returncode != 0
    assert "unknown flag: --no-such-flag" in result.stderr
    assert push("PUSH", "--repository", f"{registry}/flags", "--insecure", "-v").returncode == 0


def test_no_repository_is_an_error():
    """A push without a repository is refused."""
    result = push("PUSH_NOWHERE")
    assert result.returncode == 1
    assert result.stderr == "ERROR: repository not set. Please pass --repository flag.\n"
