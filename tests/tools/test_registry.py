"""Tests of tools.registry, started as people start it."""

import gzip
import json
import os
import re
import signal
import socket
import subprocess
import tarfile
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

REGISTRY = Path(os.environ["REGISTRY"]).absolute()
CRANE = Path(os.environ["CRANE"]).absolute()
SECONDS = 30


@pytest.fixture
def port():
    """Return a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def registry(*arguments):
    """Start the registry, wait for its message, and stop it together with its crane."""
    server = subprocess.Popen([REGISTRY, *map(str, arguments)], stdout=subprocess.PIPE, text=True)
    try:
        line = server.stdout.readline()
        assert line.startswith("registry at "), line
        yield server, line
    finally:
        server.terminate()
        server.communicate(timeout=SECONDS)


def crane(*arguments):
    """Run crane and return what it prints."""
    command = [CRANE, *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def test_registry_answers_at_the_printed_address(port):
    """The server answers at the printed address."""
    with registry("--port", port) as (_, line):
        address = re.match(r"registry at (localhost:\d+)", line)[1]
        assert address == f"localhost:{port}"
        with urlopen(f"http://127.0.0.1:{port}/v2/", timeout=SECONDS) as response:
            assert response.status == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_registry_stops_and_leaves_nothing_behind(port, number):
    """Ctrl-C and SIGTERM stop it and its crane, and free the port."""
    with registry("--port", port) as (server, _):
        server.send_signal(number)
        assert server.wait(timeout=SECONDS) == 0
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_taken_port_is_refused_by_name():
    """The message names the port and says what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [REGISTRY, "--port", str(port)]
        ended = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    assert ended.returncode == 1
    assert f"--port must be free, got {port} in use." in ended.stderr


def test_disk_keeps_the_layers_that_were_pushed(port, tmp_path):
    """Layers are kept after a restart; the list of images is in crane's memory, and is lost."""
    layer = tmp_path / "layer.tar"
    tarfile.open(layer, "w").close()
    image = f"localhost:{port}/test:1"
    with registry("--port", port, "--disk", tmp_path / "disk"):
        crane("append", "--oci-empty-base", "-f", layer, "-t", image)
        digest = json.loads(crane("manifest", image))["layers"][0]["digest"]
    command = [CRANE, "blob", f"localhost:{port}/test@{digest}"]
    with registry("--port", port, "--disk", tmp_path / "disk"):
        assert gzip.decompress(subprocess.check_output(command)) == layer.read_bytes()
