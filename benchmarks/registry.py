"""A registry on 127.0.0.1, and a count of the bytes that are sent to it."""

import contextlib
import selectors
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

_HOST = "127.0.0.1"
_START_SECONDS = 10
_CHUNK = 1 << 16


class CountingProxy:
    """Hands connections on to a port.

    Attributes:
        port: Where it listens.
        sent: Bytes that clients have sent.
    """

    def __init__(self, target: int):
        """Listen; `target` is the port on 127.0.0.1 to hand on to."""
        self._target = target
        self._server = socket.create_server((_HOST, 0))
        self.port: int = self._server.getsockname()[1]
        self.sent = 0
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Accept no more connections."""
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # It has been closed.
            while True:
                client, _ = self._server.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.create_connection((_HOST, self._target)) as server:
            other = {client: server, server: client}
            with selectors.DefaultSelector() as selector, contextlib.suppress(OSError):
                for end in other:
                    selector.register(end, selectors.EVENT_READ, data=end)
                while all(self._hand_on(key.data, other) for key, _ in selector.select()):
                    pass

    def _hand_on(self, end: socket.socket, other: dict[socket.socket, socket.socket]) -> bool:
        chunk = end.recv(_CHUNK)
        other[end].sendall(chunk)
        if end.getpeername()[1] != self._target:
            with self._lock:
                self.sent += len(chunk)
        return bool(chunk)


@contextlib.contextmanager
def serve(crane: Path) -> Iterator[CountingProxy]:
    """Run crane's registry in memory, behind a count."""
    with socket.create_server((_HOST, 0)) as free:
        port = free.getsockname()[1]
    command = [str(crane), "registry", "serve", "--address", f"{_HOST}:{port}"]
    registry = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(registry, port)
        proxy = CountingProxy(port)
        yield proxy
        proxy.close()
    finally:
        registry.terminate()
        registry.wait()


def _wait(registry: subprocess.Popen, port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        with socket.socket() as probe:
            if probe.connect_ex((_HOST, port)) == 0:
                return
        if registry.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"registry must listen on {_HOST}:{port}, got nothing in time.")
        time.sleep(0.05)
