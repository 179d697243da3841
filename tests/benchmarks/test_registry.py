"""The count of what clients send."""

import socket
import threading

from benchmarks.registry import CountingProxy


def test_bytes_of_the_client_are_counted_and_those_of_the_server_are_not():
    """Both arrive."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        proxy = CountingProxy(server.getsockname()[1])
        received = bytearray()

        def answer() -> None:
            end, _ = server.accept()
            with end:
                while len(received) < 100_000:
                    received.extend(end.recv(1 << 16))
                end.sendall(b"thanks" * 1000)

        thread = threading.Thread(target=answer)
        thread.start()
        with socket.create_connection(("127.0.0.1", proxy.port)) as client:
            client.sendall(b"x" * 100_000)
            answered = b"".join(iter(lambda: client.recv(1 << 16), b""))
        thread.join(10)
        proxy.close()
    assert bytes(received) == b"x" * 100_000
    assert answered == b"thanks" * 1000
    assert proxy.sent == 100_000
