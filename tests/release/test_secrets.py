"""A secret is used and never shown: not in output, not in the process list, not in a file."""

from pathlib import Path

import pytest

from release import web
from tests.release import servers
from tests.release.servers import Fault, status

NAMES = {"PYPI_USR": servers.USER, "PYPI_PWD": servers.PASSWORD}
TWINE = {"TWINE_USERNAME": servers.USER, "TWINE_PASSWORD": servers.PASSWORD}
UNSET = dict.fromkeys([*NAMES, *TWINE], "")


def publish(world, **environ):
    """Publish the wheel with no other credentials than those given."""
    return world.run(world.build(), main="publish_wheel", **UNSET | environ)


@pytest.mark.parametrize("given", [NAMES, TWINE], ids=["PYPI", "TWINE"])
def test_credentials_come_from_the_environment(world, given):
    """The original's names and twine's own both work."""
    done = publish(world, **given)
    assert done.returncode == 0, done.stdout
    assert world.wheels()


def test_credentials_come_from_dotenv(world):
    """`.env` in the workspace says what the environment does not."""
    lines = f"# a comment\nexport PYPI_USR={servers.USER}\nPYPI_PWD='{servers.PASSWORD}'\n"
    (world.folder / ".env").write_text(lines)
    done = publish(world)
    assert done.returncode == 0, done.stdout


def test_credentials_come_from_pypirc(world):
    """A section of .pypirc names the index and its login."""
    section = f"repository = http://{world.index.address}/\nusername = {servers.USER}\n"
    text = f"[distutils]\nindex-servers = team\n[team]\n{section}password = {servers.PASSWORD}\n"
    (world.folder / ".pypirc").write_text(text)
    done = publish(world, TWINE_REPOSITORY_URL="", TWINE_REPOSITORY="team")
    assert done.returncode == 0, done.stdout


def test_no_index_is_taken_for_granted(world):
    """Nothing goes to a public index because somebody forgot to name one."""
    done = publish(world, TWINE_REPOSITORY_URL="", **NAMES)
    assert done.returncode == 1
    assert "TWINE_REPOSITORY_URL must name the package index" in done.stdout


@pytest.mark.parametrize("code", [200, 401, 503])
def test_a_secret_is_in_no_output(world, code):
    """Not when all is well, and not in what an error says of the server's answer."""

    def echo(handler):
        handler.read_body()
        handler.answer(code, {}, handler.headers.get("Authorization", "").encode())
        return False

    if code != 200:
        world.index.faults.append(Fault("POST", "/", echo, 99))
    done = publish(world, **NAMES)
    assert done.returncode == (0 if code == 200 else 1)
    must_not_show(done.stdout)


def test_a_secret_in_the_url_is_not_shown(world):
    """Credentials within TWINE_REPOSITORY_URL are used, and left out of every message."""
    url = f"http://{servers.USER}:inurl-pa55@{world.index.address}/"
    done = publish(world, TWINE_REPOSITORY_URL=url)
    assert done.returncode == 1
    assert "PYPI_PWD" in done.stdout
    assert "inurl-pa55" not in done.stdout


def must_not_show(text):
    """Fail if the secret is in the text, plain or as the Authorization header has it."""
    assert servers.PASSWORD not in text
    assert web.basic(servers.USER, servers.PASSWORD).split()[1] not in text


def test_a_secret_is_in_no_process_list(world):
    """While twine uploads, no process of this machine has the secret among its arguments."""
    lists = []

    def look(handler):
        lists.append(arguments_of_all_processes())
        return True

    world.index.faults.append(Fault("POST", "/", look))
    done = publish(world, **NAMES)
    assert done.returncode == 0, done.stdout
    assert "twine" in lists[0], "twine must have been running"
    must_not_show(lists[0])


def arguments_of_all_processes():
    """Return the command lines that `ps` would print."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(entry.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue  # it ended meanwhile
    return "\n".join(found)


def test_a_secret_is_in_no_file(world):
    """A release leaves the secret in no file of its workspace or of the home folder."""
    world.index.faults.append(Fault("POST", "/", status(503), 6))
    done = world.run(world.build(), **NAMES)
    assert done.returncode == 0, done.stdout
    for file in world.folder.rglob("*"):
        if file.is_file():
            assert servers.PASSWORD.encode() not in file.read_bytes(), file


@pytest.mark.parametrize(("given", "warned"), [(NAMES, True), (TWINE, False)])
def test_a_secret_that_bazel_logs_is_warned_of(world, given, warned):
    """Bazel's own log keeps PYPI_PWD from the environment, and leaves TWINE_PASSWORD out."""
    assert ("Put it into .env" in publish(world, **given).stdout) == warned
