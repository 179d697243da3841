"""A registry on 127.0.0.1 for tests and measurements, and a count of what is sent to it."""

import contextlib
import re
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

_HOST = "127.0.0.1"
_CHUNK = 1 << 16
_SERVING = re.compile(r"serving on port (\d+)")


@contextlib.contextmanager
def serve(crane: Path | str, port: int = 0, disk: Path | None = None) -> Iterator[int]:
    """Serve the registry that crane has in it; yield its port.

    Args:
        crane: The executable.
        port: The port on 127.0.0.1; 0 takes a free one.
        disk: Folder that keeps the blobs; without one they live in memory, as manifests always do.

    Raises:
        RuntimeError: If crane ends before it serves.
    """
    command = [str(crane), "registry", "serve", "--address", f"{_HOST}:{port}"]
    if disk:
        command += ["--disk", str(disk)]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            yield _announced_port(server)
        finally:
            server.terminate()


def _announced_port(server: subprocess.Popen[str]) -> int:
    """Read the port from what crane says first; go on reading, or crane would wait some day."""
    assert server.stderr
    said = []
    for line in server.stderr:
        said.append(line)
        if found := _SERVING.search(line):
            threading.Thread(target=server.stderr.read, daemon=True).start()
            return int(found[1])
    raise RuntimeError(f"crane must serve a registry, got status {server.wait()}: {''.join(said)}")


class CountingProxy:
    """Hands connections on to a port.

    Attributes:
        port: Where it listens.
        sent: Bytes that clients have sent, the headers of HTTP among them.
        received: Bytes that clients were sent.
    """

    def __init__(self, target: int):
        """Listen; `target` is the port on 127.0.0.1 to hand on to."""
        self._target = target
        self._server = socket.create_server((_HOST, 0))
        self._lock = threading.Lock()
        self.port: int = self._server.getsockname()[1]
        self.sent = 0
        self.received = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Accept no more connections."""
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # It has been closed.
            while True:
                client, _ = self._server.accept()
                server = socket.create_connection((_HOST, self._target))
                for way in ((client, server, True), (server, client, False)):
                    threading.Thread(target=self._pass, args=way, daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, is_request: bool) -> None:
        with contextlib.suppress(OSError):  # One of the two has hung up.
            while data := source.recv(_CHUNK):
                with self._lock:
                    self.sent += len(data) if is_request else 0
                    self.received += 0 if is_request else len(data)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def serve_counted(crane: Path | str) -> Iterator[CountingProxy]:
    """Serve crane's registry from memory, behind a count."""
    with serve(crane) as port:
        proxy = CountingProxy(port)
        try:
            yield proxy
        finally:
            proxy.close()
