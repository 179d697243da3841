"""Tests of the push, with a registry that they start on this machine."""

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from crane_registry import serve
from oci_layout import Image
from packaging.version import Version

CRANE = os.environ["CRANE"]
DIGEST = Path(os.environ["IMAGE_DIGEST"]).read_text(encoding="utf-8").strip()
VERSION = os.environ["VERSION"]
LAYOUT = Path(os.environ["IMAGE"])


@pytest.fixture(scope="module")
def registry() -> Iterator[str]:
    """Serve an empty registry; return its host and port."""
    with serve(CRANE) as port:
        yield f"127.0.0.1:{port}"


def push(*flags: str) -> subprocess.CompletedProcess:
    """Run the push with the flags, as `bazel run` would."""
    given = [f"--crane={CRANE}", f"--layout={LAYOUT}", f"--version={VERSION}"]
    command = [os.environ["PUSH"], *given, *flags]
    return subprocess.run(command, capture_output=True, text=True)


def crane(*arguments: str) -> str:
    """Run crane; return what it prints."""
    return subprocess.check_output([CRANE, *arguments], text=True).strip()


def test_what_is_pulled_is_what_was_built(registry: str):
    """The tag of the version points to the built digest, and blobs arrive intact."""
    repository = f"{registry}/team/components"
    done = push("--repository", repository, "--tag", "extra")
    assert done.returncode == 0, done.stderr
    version = Version(VERSION)
    moving = [] if version.is_prerelease else [f"{version.major}.{version.minor}", "latest"]
    assert sorted(crane("ls", repository).split()) == sorted([VERSION, "extra", *moving])
    assert crane("digest", f"{repository}:{VERSION}") == DIGEST
    # Check all blobs of the first image, but only the manifests of the others, which share layers.
    crane("validate", "--remote", f"{repository}@{Image(LAYOUT).member}")
    crane("validate", "--fast", "--remote", f"{repository}:extra")


def test_a_silent_registry_is_named_with_the_way_out():
    """If no registry listens, the error names the repository and the command to start one."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but not listening
        repository = f"127.0.0.1:{taken.getsockname()[1]}/team/components"
        done = push("--repository", repository)
    assert done.returncode == 1
    assert f"got {repository!r}: nothing listens at" in done.stderr
    assert done.stderr.strip().endswith("Start one with: bazel run //tools:registry")
