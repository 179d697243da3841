"""The loader of images: it finds an engine that answers, or says in one line why there is none."""

import os
import subprocess
import sys

import pytest

ANSWERS = 'echo "$(basename "$0") $*"'
SILENT = 'echo "Client: 28" && echo "first line" >&2 && echo "no daemon" >&2 && exit 1'


@pytest.fixture
def load(tmp_path):
    """Run the loader with only the given engines on PATH."""

    def run(**engines: str) -> subprocess.CompletedProcess[str]:
        for name, script in engines.items():
            (tmp_path / name).write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n")
            (tmp_path / name).chmod(0o755)
        return subprocess.run(
            [sys.executable, os.environ["LOADER"], "load", "--input", "/dev/fd/63"],
            env={"PATH": str(tmp_path)},
            capture_output=True,
            text=True,
        )

    return run


@pytest.mark.parametrize(
    ("engines", "chosen"),
    [
        ({"docker": ANSWERS, "podman": ANSWERS}, "docker"),
        ({"docker": SILENT, "podman": ANSWERS}, "podman"),
        ({"nerdctl": ANSWERS}, "nerdctl"),
    ],
)
def test_the_first_engine_that_answers_gets_the_archive(load, engines, chosen):
    """The engine is called with the arguments of the loader."""
    done = load(**engines)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{chosen} load --input /dev/fd/63\n"


def test_without_an_engine_one_line_says_so(load):
    """The message names the programs, and the way to do without one."""
    done = load()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "PATH must have docker, podman or nerdctl, got none."
        " Without one, push the image to a registry instead, by the target NAME.push.\n"
    )


def test_an_engine_without_a_daemon_is_named_with_its_reason(load):
    """The message quotes only the last line of what the engine says."""
    done = load(docker=SILENT)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "docker must reach a running engine, got 'no daemon'. Start it." in done.stderr
