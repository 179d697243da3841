"""A registry for tests, and a count of the bytes that clients send."""

import os
import socket
import threading
from urllib.request import urlopen

import pytest
from crane_registry import CountingProxy, serve, serve_counted


def test_the_registry_answers_at_its_port_and_leaves_it():
    """The registry serves the distribution API within the block, and not afterwards."""
    with serve(os.environ["CRANE"]) as port, urlopen(f"http://127.0.0.1:{port}/v2/") as response:
        assert response.status == 200
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_registry_that_does_not_start_says_why():
    """The port is in use."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(RuntimeError, match="address already in use"),
            serve(os.environ["CRANE"], port),
        ):
            pass


def test_a_counted_registry_answers_through_its_count():
    """The answers are counted as received."""
    with serve_counted(os.environ["CRANE"]) as proxy:
        with urlopen(f"http://127.0.0.1:{proxy.port}/v2/") as response:
            assert response.status == 200
        assert proxy.received > 0


def test_bytes_of_client_and_server_are_counted():
    """The bytes of the client and of the server are counted separately."""
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
    assert (proxy.sent, proxy.received) == (100_000, 6000)
