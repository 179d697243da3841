"""The compile tool as Bazel runs it: a worker that gets requests from the tests."""

import itertools
import json
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Compiled:
    """The result of a request: the exit status, the output on the console, the output file."""

    status: int
    message: str
    out: Path

    @property
    def text(self) -> str:
        """The output of a request that must have succeeded."""
        assert self.status == 0, self.message
        return self.out.read_text(encoding="utf-8")


class Tool:
    """The compile tool, with KFP's archives as the rule passes them."""

    def __init__(self, archives: Sequence[str] = (), **environment: str):
        """Start a worker.

        Args:
            archives: KFP's archives, if not those of this build.
            **environment: Additional environment variables.
        """
        archives = archives or os.environ["KFP_ARCHIVES"].split()
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

    def compile(self, arguments: list[str], out: Path) -> Compiled:
        """Request a definition, and return the result."""
        response = self.ask(arguments)
        return Compiled(response["exitCode"], response["output"], out)

    def end(self, by: signal.Signals = signal.SIGTERM) -> None:
        """End the worker by a signal."""
        self._process.send_signal(by)
        self._process.wait(timeout=50)

    def close(self) -> None:
        """End the worker as Bazel does, by the end of its input."""
        self._process.stdin.close()
        assert self._process.wait(timeout=50) == 0
