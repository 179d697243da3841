"""Tests that a secret is used but never shown: in output, in process lists, in files."""

from pathlib import Path

import pytest

from kfp_component_lib.verification.errors import DeliveryError
from release.private.credentials import (
    basic,
    environment_of_crane,
    read_environment,
    read_upload,
)
from tests.release import servers
from tests.release.servers import Fault, status

NAMES = {"PYPI_USR": servers.USER, "PYPI_PWD": servers.PASSWORD}
TWINE = {"TWINE_USERNAME": servers.USER, "TWINE_PASSWORD": servers.PASSWORD}
UNSET = dict.fromkeys([*NAMES, *TWINE], "")


def publish(world, **environ):
    """Publish the wheel with only the given credentials."""
    return world.run(world.build(), main="publish_wheel", **UNSET | environ)


@pytest.mark.parametrize("given", [NAMES, TWINE], ids=["PYPI", "TWINE"])
def test_credentials_come_from_the_environment(world, given):
    """The names PYPI_* and those of twine both work."""
    done = publish(world, **given)
    assert done.returncode == 0, done.stdout
    assert world.wheels()


def test_credentials_come_from_dotenv(world):
    """`.env` in the workspace provides variables that the environment does not set."""
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
    """Nothing is uploaded to a public index because somebody forgot to name one."""
    done = publish(world, TWINE_REPOSITORY_URL="", **NAMES)
    assert done.returncode == 1
    assert "TWINE_REPOSITORY_URL must name the package index" in done.stdout


@pytest.mark.parametrize("code", [200, 401, 503])
def test_a_secret_is_in_no_output(world, code):
    """No output shows a secret, whether the upload succeeds or the server refuses it."""

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
    """Credentials in TWINE_REPOSITORY_URL are used, and left out of every message."""
    url = f"http://{servers.USER}:inurl-pa55@{world.index.address}/"
    done = publish(world, TWINE_REPOSITORY_URL=url)
    assert done.returncode == 1
    assert "PYPI_PWD" in done.stdout
    assert "inurl-pa55" not in done.stdout


def must_not_show(text):
    """Fail if the secret is in the text, plain or as in an Authorization header."""
    assert servers.PASSWORD not in text
    assert basic(servers.USER, servers.PASSWORD) not in text


def test_a_secret_is_in_no_process_list(world):
    """While twine uploads, no process on this machine has the secret in its arguments."""
    lists = []

    def look(handler):
        lists.append(arguments_of_all_processes())
        return True

    world.index.faults.append(Fault("POST", "/", look))
    done = publish(world, **NAMES)
    assert done.returncode == 0, done.stdout
    assert "twine" in lists[0], "twine must have been running at that time"
    must_not_show(lists[0])


def arguments_of_all_processes():
    """Return the command lines that `ps` would print."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(entry.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue  # it has ended in the meantime
    return "\n".join(found)


def test_a_secret_is_in_no_file(world):
    """A release leaves the secret in no file of its workspace or of the home folder."""
    world.index.faults.append(Fault("POST", "/", status(503), 2))
    done = world.run(world.build(), **NAMES)
    assert done.returncode == 0, done.stdout
    for file in world.folder.rglob("*"):
        if file.is_file():
            assert servers.PASSWORD.encode() not in file.read_bytes(), file


@pytest.mark.parametrize("given", [NAMES, TWINE], ids=["PYPI", "TWINE"])
@pytest.mark.parametrize("kept", ["", "1"], ids=["by Bazel", "by bazelw"])
def test_a_secret_that_bazel_has_seen_is_warned_of(world, given, kept):
    """Bazel stores its environment; ./bazelw states that it has hidden the secrets."""
    said = publish(world, **given, BAZELW_KEPT_SECRETS=kept).stdout
    assert ("Put it into .env" in said) == (not kept)


DOTENV = {
    "PYPI_PWD=abc#def": "abc#def",
    "PYPI_PWD=abc #def": "abc",
    "PYPI_PWD=a\\b": "a\\b",
    "PYPI_PWD = x": "x",
    "export PYPI_PWD=x=y": "x=y",
    "PYPI_PWD='a b'": "a b",
    'PYPI_PWD="a\\"b"': 'a"b',
    "PYPI_PWD=$HOME": "$HOME",
    "PYPI_PWD=${HOME}": "${HOME}",
    "PYPI_PWD=ä€": "ä€",
    "\ufeffPYPI_PWD=x": "x",
    "PYPI_PWD=x\r": "x",
    "PYPI_PWD=": None,
    "PYPI_PWD": None,
    "# PYPI_PWD=x": None,
}


@pytest.mark.parametrize("line", DOTENV)
def test_dotenv_is_read_as_python_dotenv_reads_it(tmp_path, line):
    """Every value is read as it was written, without expansion."""
    (tmp_path / ".env").write_text(line + "\n", encoding="utf-8", newline="")
    assert read_environment({}, tmp_path).get("PYPI_PWD") == DOTENV[line]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"A=1\nPYPI_PWD='x\n", "but does not at line 2"),
        (b'PYPI_PWD="x', "Is a quotation mark missing"),
        (b"PYPI_PWD='x'y\n", "must consist of lines NAME=VALUE"),
        (b"PYPI_PWD=\xff", "must be text in UTF-8"),
    ],
)
def test_a_dotenv_that_cannot_be_read_is_an_error(tmp_path, content, message):
    """A `.env` that cannot be read is an error with file and line, but not the line's content."""
    (tmp_path / ".env").write_bytes(content)
    with pytest.raises(DeliveryError, match=message) as failure:
        read_environment({}, tmp_path)
    assert "PYPI_PWD" not in str(failure.value)


def test_only_named_variables_of_dotenv_reach_a_program(tmp_path):
    """Other variables in the file are not passed on."""
    lines = (
        "LD_PRELOAD=/evil.so\nPATH=/evil\nPYTHONPATH=/evil\nPYPI_USR=me\nSSL_CERT_FILE=/ca.pem\n"
    )
    (tmp_path / ".env").write_text(lines)
    known = read_environment({"PATH": "/usr/bin", "PYPI_USR": "you", "EMPTY": ""}, tmp_path)
    assert known == {"PATH": "/usr/bin", "PYPI_USR": "you", "SSL_CERT_FILE": "/ca.pem"}


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "TWINE_CERT", "PIP_CERT"])
def test_authorities_reach_every_reader(tmp_path, name):
    """crane, twine and the reader of the index trust the authorities in one variable."""
    (tmp_path / ".env").write_text(f"{name}=/ca.pem\nPYPI_PWD=s3cret\n")
    known = read_environment({"TWINE_REPOSITORY_URL": "https://index.invalid/"}, tmp_path)
    upload = read_upload(known, None)
    assert upload.index.authorities == "/ca.pem"
    assert upload.environment["REQUESTS_CA_BUNDLE"] == "/ca.pem"
    assert environment_of_crane(known)["SSL_CERT_FILE"] == "/ca.pem"
    assert "s3cret" not in str(environment_of_crane(known))


REASONS = {
    "PyPI": (400, b"", "File already exists ('x.whl', with blake2_256 hash '0')."),
    "Artifactory": (403, b'{"errors": [{"status": 403, "message": "Not enough permissions"}]}', ""),
    "Nexus": (400, b"<html><h1>Repository does not allow updating assets: pypi</h1></html>", ""),
}


@pytest.mark.parametrize("server", REASONS)
def test_the_indexs_own_reason_is_shown(world, server):
    """Each index states its reason in another place, and the message shows it."""
    code, body, reason = REASONS[server]

    def refuse(handler):
        handler.read_body()
        handler.responses = {code: (reason or "Bad Request", "")}
        handler.answer(code, {"Content-Type": "text/html"}, body)
        return False

    world.index.faults.append(Fault("POST", "/", refuse, 9))
    done = publish(world, **NAMES)
    assert done.returncode == 1
    shown = reason or "Not enough permissions" if server != "Nexus" else "does not allow updating"
    assert shown in done.stdout
    assert len(world.index.writes()) == 1
