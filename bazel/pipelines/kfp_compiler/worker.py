"""A persistent worker, which imports KFP once and compiles every request in a fork.

It implements Bazel's JSON protocol (https://bazel.build/remote/creating), with one request per line
on standard input and one response per line on standard output. Requests may overlap, have a sandbox
of their own, and be cancelled. There are no threads, so forking is safe.
"""

import json
import os
import selectors
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kfp_compiler.archives import Archives
from kfp_compiler.isolation import compile_request
from kfp_compiler.processes import end_with_parent
from kfp_compiler.request import parse_request

_CHUNK = 65536


@dataclass
class _Task:
    """A request that a child process is working on.

    Attributes:
        request_id: Bazel's number of the request.
        pid: The process ID of the child.
        output: What the child has printed so far.
    """

    request_id: int
    pid: int
    output: bytearray = field(default_factory=bytearray)

    def finish(self) -> int:
        """Wait for the child and return its exit status."""
        _, status = os.waitpid(self.pid, 0)
        return abs(os.waitstatus_to_exitcode(status))

    def cancel(self) -> None:
        """Make the child end everything that it has started, and itself."""
        os.kill(self.pid, signal.SIGTERM)
        self.finish()


class Worker:
    """Answers requests until standard input ends."""

    def __init__(self, folder: Path, archives: Archives):
        """Start without tasks.

        Args:
            folder: A folder for temporary files.
            archives: The archives that KFP was imported from.
        """
        self._folder = folder
        self._archives = archives
        self._tasks: dict[int, _Task] = {}
        self._selector = selectors.DefaultSelector()
        self._unread: list[bytes] = []

    def serve(self) -> int:
        """Answer every request; return the exit status of the worker."""
        self._selector.register(sys.stdin.fileno(), selectors.EVENT_READ)
        try:
            while self._selector.get_map():
                for key, _ in self._selector.select():
                    if key.data is None:
                        self._read_requests()
                    elif key.fd in self._tasks:
                        self._read_output(key.fd)
        finally:
            self._stop()
        return 0

    def _read_requests(self) -> None:
        chunk = os.read(sys.stdin.fileno(), _CHUNK)
        if not chunk:
            self._stop()
            self._selector.unregister(sys.stdin.fileno())
            return
        # A request with many sources is long, so its parts are joined once, when it is complete.
        end, *begins = chunk.split(b"\n")
        self._unread.append(end)
        for begin in begins:
            if line := b"".join(self._unread):
                self._handle(json.loads(line))
            self._unread = [begin]

    def _handle(self, request: Mapping) -> None:
        request_id = request.get("requestId", 0)
        if request.get("cancel"):
            self._cancel(request_id)
        else:
            self._start(request_id, request)

    def _start(self, request_id: int, request: Mapping) -> None:
        reading, writing = os.pipe()
        worker = os.getpid()
        pid = os.fork()
        if not pid:
            end_with_parent(worker, signal.SIGTERM)
            _run_child(request, self._folder, writing, self._archives)
        os.close(writing)
        self._tasks[reading] = _Task(request_id, pid)
        self._selector.register(reading, selectors.EVENT_READ, data=request_id)

    def _read_output(self, reading: int) -> None:
        task = self._tasks[reading]
        if chunk := os.read(reading, _CHUNK):
            task.output += chunk
            return
        self._forget(reading)
        output = task.output.decode(errors="replace")
        _respond(requestId=task.request_id, exitCode=task.finish(), output=output)

    def _cancel(self, request_id: int) -> None:
        """End a request that is still running; one that has finished has already been answered."""
        for reading, task in list(self._tasks.items()):
            if task.request_id == request_id:
                self._forget(reading)
                task.cancel()
                _respond(requestId=request_id, wasCancelled=True)

    def _forget(self, reading: int) -> None:
        self._selector.unregister(reading)
        os.close(reading)
        del self._tasks[reading]

    def _stop(self) -> None:
        for reading, task in list(self._tasks.items()):
            self._forget(reading)
            task.cancel()


def _run_child(request: Mapping, folder: Path, output: int, archives: Archives) -> None:
    """Compile in the forked process, which ends here and never returns to the worker."""
    status = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.chdir(request.get("sandboxDir") or ".")
        own = folder / f"request.{os.getpid()}"
        failure = compile_request(parse_request(request["arguments"]), own, archives)
        if failure:
            print(failure, file=sys.stderr)
        status = 1 if failure else 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _respond(**response: object) -> None:
    print(json.dumps(response), flush=True)
