"""The sandbox in which Bazel runs tests: Bazel's own, and without a network."""

import errno
import os
import socket
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif("TEST_TARGET" not in os.environ, reason="needs Bazel's sandbox")

ADVICE = (
    "Bazel falls back to another sandbox, with network, if it may not create user namespaces: "
    "allow them (sysctl kernel.apparmor_restrict_unprivileged_userns=0 on Ubuntu)."
)


def test_this_test_runs_in_linux_sandbox():
    """The first process in the test's own process namespace is Bazel's linux-sandbox."""
    assert Path("/proc/1/comm").read_text().strip() == "linux-sandbox", ADVICE


def test_loopback_is_the_only_interface():
    """There is no network device through which anything could leave."""
    lines = Path("/proc/net/dev").read_text().splitlines()[2:]
    assert [line.partition(":")[0].strip() for line in lines] == ["lo"], ADVICE


@pytest.mark.parametrize("address", ["192.0.2.1", "198.51.100.1"])
def test_other_machines_are_unreachable(address):
    """These addresses do not exist: with a network they time out, without it they fail at once."""
    with socket.socket() as connection:
        connection.settimeout(5)
        assert connection.connect_ex((address, 80)) == errno.ENETUNREACH, ADVICE


def test_loopback_works():
    """Tests may use servers that they start themselves."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname(), timeout=5) as client,
    ):
        assert client.getpeername() == server.getsockname()
