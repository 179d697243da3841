"""A registry on 127.0.0.1 for tests and measurements, and a counter of its traffic."""

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
    """Serve crane's built-in registry; yield its port.

    Args:
        crane: The executable.
        port: The port on 127.0.0.1; 0 selects a free one.
        disk: Folder for the blobs; without one they are in memory, as manifests always are.

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
    """Read the port from crane's first lines, and keep reading so that crane does not block."""
    assert server.stderr
    said = []
    for line in server.stderr:
        said.append(line)
        if found := _SERVING.search(line):
            threading.Thread(target=server.stderr.read, daemon=True).start()
            return int(found[1])
    raise RuntimeError(f"crane must serve a registry, got status {server.wait()}: {''.join(said)}")


class CountingProxy:
    """Forwards connections to a port, and counts their bytes.

    Attributes:
        port: The port on which it listens.
        sent: Bytes that clients have sent, including HTTP headers.
        received: Bytes that clients have received.
    """

    def __init__(self, target: int):
        """Listen; `target` is the port on 127.0.0.1 to forward to."""
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
        with contextlib.suppress(OSError):  # The socket has been closed.
            while True:
                client, _ = self._server.accept()
                server = socket.create_connection((_HOST, self._target))
                for way in ((client, server, True), (server, client, False)):
                    threading.Thread(target=self._pass, args=way, daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, is_request: bool) -> None:
        with contextlib.suppress(OSError):  # One side has closed the connection.
            while data := source.recv(_CHUNK):
                with self._lock:
                    self.sent += len(data) if is_request else 0
                    self.received += 0 if is_request else len(data)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def serve_counted(crane: Path | str) -> Iterator[CountingProxy]:
    """Serve crane's registry from memory, behind a traffic counter."""
    with serve(crane) as port:
        proxy = CountingProxy(port)
        try:
            yield proxy
        finally:
            proxy.close()
