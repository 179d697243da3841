"""The compile tool as Bazel runs it: a worker that tests send requests to."""

import itertools
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Compiled:
    """What came of a request: the exit status, what was printed, the output."""

    status: int
    message: str
    out: Path

    @property
    def text(self) -> str:
        """The output, of a request that must have succeeded."""
        assert self.status == 0, self.message
        return self.out.read_text(encoding="utf-8")


class Tool:
    """The compile tool, with KFP's archives as the rule hands them over."""

    def __init__(self, **environment: str):
        """Start a worker."""
        archives = os.environ["KFP_ARCHIVES"].split()
        self.command = [os.environ["COMPILE"], *(f"--kfp_archive={file}" for file in archives)]
        self._numbers = itertools.count(1)
        self._process = subprocess.Popen(
            [*self.command, "--persistent_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | environment,
            text=True,
        )

    def send(self, **request: object) -> None:
        """Send a request, without waiting for the response."""
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()

    def receive(self) -> Mapping:
        """Wait for the next response."""
        return json.loads(self._process.stdout.readline())

    def ask(self, arguments: list[str], **request: object) -> Mapping:
        """Send a request and wait for its response."""
        number = next(self._numbers)
        self.send(requestId=number, arguments=arguments, **request)
        response = self.receive()
        assert response["requestId"] == number
        return response

    def end(self) -> None:
        """End the worker by a signal."""
        self._process.terminate()
        self._process.wait(timeout=10)

    def close(self) -> None:
        """End the worker as Bazel does, by the end of its input."""
        self._process.stdin.close()
        assert self._process.wait(timeout=10) == 0


@pytest.fixture(scope="session")
def tool() -> Iterator[Tool]:
    """One worker for all tests."""
    tool = Tool()
    yield tool
    tool.close()


@pytest.fixture
def worker() -> Iterator[Tool]:
    """A worker of the test's own."""
    tool = Tool()
    yield tool
    tool.close()


@pytest.fixture
def arguments(tmp_path):
    """Write a source and return the flags of a request to compile it."""

    def _arguments(text: str, *flags: str, kind: str = "pipeline", form: str = "yaml") -> list[str]:
        source = tmp_path / "source.py"
        source.write_text(text, encoding="utf-8")
        return [
            "--label=//pipelines:it",
            f"--kind={kind}",
            f"--source={source}",
            f"--out={tmp_path / 'out'}.{form}",
            f"--file=_main/pipelines/it.py={source}",
            "--root=_main",
            *(f"--archive={Path(file).absolute()}" for file in os.environ["DEPS_ARCHIVES"].split()),
            *flags,
        ]

    return _arguments


@pytest.fixture
def compile_text(tool, arguments, tmp_path):
    """Compile the text of a source."""

    def _compile_text(text: str, *flags: str, form: str = "yaml", **options: str) -> Compiled:
        response = tool.ask(arguments(text, *flags, form=form, **options))
        return Compiled(response["exitCode"], response["output"], tmp_path / f"out.{form}")

    return _compile_text
