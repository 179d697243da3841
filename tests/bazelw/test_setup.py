"""offline/setup.sh: its requirements, and that no interruption leaves an incomplete toolbox."""

import errno
import fcntl
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

APT_GET = """
case "$*" in
  *REPO_URI*) printf '%s\\n' $MIRRORS ;;
  *ORIGIN*) printf 'Debian/Debian/trixie\\nDebian/Debian/forky\\n' ;;
  *update*) [ "${1-}" != -c ] || grep -q "$GOOD" "$TOOLBOX/apt/sources.list" ;;
esac
"""
MMDEBSTRAP = """
root=$(mktemp -d)
mkdir -p "$root"/usr/local/bin "$root"/usr/share/bazel "$root"/etc/bazel "$root"/var/lib/dpkg
printf 'Package: bazel-bootstrap\\nVersion: 7.7.1+ds-8\\n' > "$root/var/lib/dpkg/status"
tar -c -C "$root" .
rm -rf "$root"
"""
PLENTY = "printf 'Filesystem 1048576-blocks Used Available\\ndisk 90000 1 80000\\n'"


@pytest.fixture
def machine(machine):
    """A Debian machine, used by root, on which everything works."""
    machine.stub("apt-get", APT_GET)
    machine.stub("bwrap", "")
    machine.stub("df", PLENTY)
    machine.stub("dpkg", "echo amd64")
    machine.stub("id", "echo 0")
    machine.stub("mmdebstrap", MMDEBSTRAP)
    machine.stub("unshare", 'shift; exec "$@"')
    return machine


def toolbox_variables(machine) -> dict[str, str]:
    return {
        "TOOLBOX": str(machine.home / "toolbox"),
        "MIRRORS": "debian:/good",
        "GOOD": "debian:/good",
        "HOSTTYPE": "x86_64",
        "DEBIAN_KEYRING": "/dev/null",
    }


def setup(machine, **variables: str) -> subprocess.CompletedProcess[str]:
    return machine.run("offline/setup.sh", **toolbox_variables(machine) | variables)


def toolboxes(machine) -> list[Path]:
    """Return the folders that a launcher would use as a toolbox."""
    return [path for path in (machine.home / "toolbox").glob("root-*") if path.suffix != ".part"]


def test_makes_the_toolbox_once(machine):
    """The first call creates the toolbox and shows its steps; the second only prints its path."""
    first = setup(machine)
    toolbox = Path(first.stdout.strip())
    assert toolboxes(machine) == [toolbox]
    assert (toolbox / "usr/share/bazel/images/python_base.tar.gz").stat().st_size > 0
    assert (toolbox / "etc/bazel/toolbox").read_text().startswith("7.7.1 ")
    assert "downloading packages" in first.stderr
    second = setup(machine)
    assert (second.stdout, second.stderr) == (first.stdout, "")
    assert len(machine.calls("mmdebstrap")) == 2


def test_hooks_name_each_path_as_one_word(machine):
    """mmdebstrap splits a hook into words as a shell does, and there are spaces in the paths."""
    log = machine.home / "hooks"
    machine.stub("mmdebstrap", f'printf "%s\\n" "$@" >> "{log}"\n{MMDEBSTRAP}')
    machine.stub("id", "echo 1000")
    machine.stub("newuidmap", "")
    (machine.bin / "grep").unlink()
    machine.stub("grep", "exit 0")
    assert setup(machine).returncode == 0
    apt = machine.home / "toolbox/apt"
    hooks = [shlex.split(line.partition("-hook=")[2]) for line in log.read_text().splitlines()]
    copied = {hook[1] for hook in hooks if hook and hook[0] in ("sync-in", "upload")}
    assert copied == {f"{apt}/lists", f"{apt}/archives", f"{apt}/preferences"}


def test_changed_setup_makes_another_toolbox(machine):
    """The name of a toolbox depends on everything that it consists of."""
    first = setup(machine).stdout
    with (machine.workspace / "offline/setup.sh").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert setup(machine).stdout != first
    assert len(toolboxes(machine)) == 2


@pytest.mark.parametrize(
    ("programs", "variables", "message"),
    [
        ({"apt-get": None}, {}, "must be Debian or Ubuntu, got one without apt-get"),
        ({}, {"HOSTTYPE": "riscv64"}, "must be x86_64 or aarch64, got riscv64"),
        (
            {"mmdebstrap": None, "id": "echo 1000", "newuidmap": ""},
            {},
            "sudo apt-get install -y --no-install-recommends mmdebstrap",
        ),
        ({"mmdebstrap": None, "apt-get": "exit 100"}, {}, "mmdebstrap must be installable"),
        (
            {"id": "echo 1000", "newuidmap": ""},
            {"DEBIAN_KEYRING": "/nowhere"},
            "this machine must have debian-archive-keyring",
        ),
        ({"bwrap": "exit 1"}, {}, "must let root or a user make namespaces"),
        (
            {"bwrap": "exit 1", "sysctl": '[ "$2" = user.max_user_namespaces ] && echo 0'},
            {},
            "sudo sysctl -w user.max_user_namespaces=10000",
        ),
        (
            {"id": '[ "$1" = -u ] && echo 1000 || echo no-such-user', "newuidmap": ""},
            {},
            "sudo usermod --add-subuids 100000-165535",
        ),
        ({"df": PLENTY.replace("80000", "200")}, {}, "must have 3000 MB free, got 200 MB"),
        ({}, {"MIRRORS": ""}, "must have a package source, got none. Set DEBIAN_MIRROR=URL"),
        ({}, {"GOOD": "other:/"}, "must be a mirror of Debian's archive with trixie and forky"),
    ],
)
def test_each_lack_says_what_to_do(machine, programs, variables, message):
    """Each missing requirement is reported in one line, before anything is built."""
    for name, script in programs.items():
        (machine.bin / name).unlink(missing_ok=True)
        if script is not None:
            machine.stub(name, script)
    result = setup(machine, **variables)
    assert (result.returncode, result.stdout) == (1, "")
    assert message in result.stderr
    assert toolboxes(machine) == []
    assert machine.calls("mmdebstrap") == []


def test_mirror_is_the_first_that_is_debians_archive(machine):
    """Package sources of others, and Debian's security archive, are skipped."""
    result = setup(machine, MIRRORS="other:/ debian:/security debian:/good debian:/later")
    assert result.returncode == 0, result.stderr
    assert all("debian:/good" in call for call in machine.calls("mmdebstrap"))


def test_debian_mirror_comes_before_apts(machine):
    """DEBIAN_MIRROR names the archive; the sources of apt are not queried."""
    result = setup(machine, DEBIAN_MIRROR="debian:/mine", GOOD="debian:/mine")
    assert result.returncode == 0, result.stderr
    assert all("debian:/mine" in call for call in machine.calls("mmdebstrap"))


def start(machine) -> subprocess.Popen[str]:
    # A server that was started in the background passes an ignored SIGINT on to its tests.
    return subprocess.Popen(
        ["/usr/bin/env", "--default-signal=INT", machine.workspace / "offline/setup.sh"],
        env=machine.environment(**toolbox_variables(machine)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def held_up(machine) -> Path:
    """Stop mmdebstrap where it would build the toolbox; return the pipe on which it waits."""
    pipe = machine.home / "held-up"
    os.mkfifo(pipe)
    machine.stub(
        "mmdebstrap", f'case "$*" in *bazel-bootstrap*) exec cat "{pipe}" ;; esac\n' + MMDEBSTRAP
    )
    return pipe


@contextmanager
def reached(pipe: Path, process: subprocess.Popen[str]) -> Iterator[None]:
    """Wait until a process reads the pipe, and keep it waiting.

    A single program then reads the pipe, and a signal ends it at once. A shell could be between two
    commands, and would continue if the command it waited for had ended just before the signal.
    """
    while (writer := _writer(pipe)) is None:
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    try:
        yield
    finally:
        os.close(writer)


def _writer(pipe: Path) -> int | None:
    """Open a pipe for writing, which fails if nobody reads it."""
    try:
        return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
        return None


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_interruption_leaves_nothing_half_and_the_next_call_goes_on(machine, signal_number):
    """If it is killed while building, it leaves no toolbox; the base image is not built again."""
    pipe = held_up(machine)
    process = start(machine)
    with reached(pipe, process):
        os.killpg(process.pid, signal_number)
        _, errors = process.communicate()
    assert process.returncode != 0
    assert toolboxes(machine) == []
    if signal_number == signal.SIGINT:
        assert "the next call goes on where it was" in errors
    machine.stub("mmdebstrap", MMDEBSTRAP)
    result = setup(machine)
    assert result.returncode == 0, result.stderr
    assert toolboxes(machine) == [Path(result.stdout.strip())]
    assert len(machine.calls("mmdebstrap")) == 3


def test_failing_step_names_the_log(machine):
    """The output of a step is in the log that the error names."""
    machine.stub("mmdebstrap", "echo 'E: no such package' >&2; exit 1")
    result = setup(machine)
    log = machine.home / "toolbox/setup.log"
    assert result.returncode != 0
    assert f"Details: {log}" in result.stderr
    assert "E: no such package" in log.read_text()
    assert toolboxes(machine) == []


def test_second_setup_waits_for_the_first(machine):
    """The second of two concurrent calls says that it waits, and then uses the toolbox."""
    folder = machine.home / "toolbox"
    folder.mkdir()
    with (folder / "lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = start(machine)
        assert process.stderr is not None
        assert "another setup is at work" in process.stderr.readline()
    output, _ = process.communicate()
    assert toolboxes(machine) == [Path(output.strip())]
