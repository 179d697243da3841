"""bazelw: which mode it chooses, its message, how long it remembers, and what it installs."""

import re
from pathlib import Path

import pytest

ANSWERS = "exit 0"
SILENT = "exit 6"
BAZEL = 'if [ "$1" = --version ]; then echo "bazel 7.7.1"; else echo "{} runs $*"; fi'
OLD_BAZEL = "echo 'bazel 6.5.0'"
BROKEN_BAZEL = "exit 1"
OFFLINE = "toolbox runs build //x\n"


@pytest.fixture
def machine(machine):
    machine.stub(machine.workspace / "offline/bazel", 'echo "toolbox runs $*"')
    machine.stub("locale", "echo en_US.iso88591")
    return machine


@pytest.mark.parametrize(
    ("programs", "mode", "why"),
    [
        ({}, "offline", "no curl or wget here"),
        ({"curl": SILENT, "bazel": BAZEL}, "offline", "Registry does not answer"),
        ({"wget": SILENT, "bazel": BAZEL}, "offline", "Registry does not answer"),
        ({"curl": ANSWERS}, "offline", "no bazel, bazelisk or npm"),
        ({"curl": ANSWERS, "npm": "exit 1"}, "offline", "no bazel, bazelisk or npm"),
        ({"curl": ANSWERS, "bazel": OLD_BAZEL}, "offline", "gives no Bazel 7.7.1"),
        ({"curl": ANSWERS, "bazelisk": BROKEN_BAZEL}, "offline", "gives no Bazel 7.7.1"),
        ({"curl": ANSWERS, "bazel": BAZEL}, "bazel", "Registry answers"),
        ({"wget": ANSWERS, "bazel": BAZEL}, "bazel", "Registry answers"),
        ({"curl": ANSWERS, "bazelisk": BAZEL}, "bazelisk", "Registry answers"),
        ({"curl": ANSWERS, "bazel": BAZEL, "bazelisk": BAZEL}, "bazelisk", "Registry answers"),
        ({"curl": ANSWERS, "bazel": BAZEL, "bazelisk": BROKEN_BAZEL}, "bazel", "Registry answers"),
    ],
)
def test_mode_follows_from_what_answers(machine, programs, mode, why):
    """The mode is online if the registry answers and a tool provides Bazel, else offline."""
    for name, script in programs.items():
        machine.stub(name, script.format(name))
    result = machine.run("bazelw", "build", "//x")
    assert result.stdout == (OFFLINE if mode == "offline" else f"{mode} runs build //x\n")
    assert re.fullmatch(rf"bazelw: (on|off)line, .*{why}.*BAZELW_MODE.* decides\)\n", result.stderr)


def test_downloads_must_answer_before_bazelisk_may_take_its_time(machine):
    """If there is no server to download Bazel from, a bazelisk that tries to is stopped."""
    machine.stub("curl", 'case "$*" in *bcr*) exit 0 ;; *) exit 6 ;; esac')
    machine.stub("timeout", 'echo "at most $1 s" >&2; exit 124')
    machine.stub("bazelisk", BAZEL.format("bazelisk"))
    assert machine.run("bazelw", "build", "//x").stdout == OFFLINE
    assert machine.calls("timeout") == [f"10 {machine.bin}/bazelisk --version"]


@pytest.mark.parametrize(("curl", "minutes"), [(SILENT, 60), (ANSWERS, 24 * 60)])
def test_answer_is_kept_until_it_is_due(machine, curl, minutes):
    """A second call checks nothing; a call after the stated time checks again."""
    machine.stub("curl", curl)
    machine.stub("bazel", BAZEL.format("bazel"))
    first = machine.run("bazelw", "build", "//x")
    asked = len(machine.calls("curl"))
    assert f"asked again in {minutes} min" in first.stderr
    assert machine.run("bazelw", "build", "//x").stdout == first.stdout
    assert len(machine.calls("curl")) == asked
    answer = machine.home / ".cache/kfp-component-lib/bazelw"
    answer.write_text(re.sub(r"^\d+", "1", answer.read_text()))
    machine.run("bazelw", "build", "//x")
    assert len(machine.calls("curl")) == 2 * asked


def test_the_line_comes_once_per_change(machine):
    """A call that runs Bazel in the same way, for the same reason, as the one before says nothing."""
    machine.stub("bazel", BAZEL.format("bazel"))
    said = [
        machine.run("bazelw", "build", "//x", BAZELW_MODE=mode).stderr
        for mode in ("offline", "offline", "online", "online", "offline")
    ]
    offline = "bazelw: offline, toolbox (BAZELW_MODE says so)\n"
    online = f"bazelw: online, {machine.bin}/bazel (BAZELW_MODE says so)\n"
    assert said == [offline, "", online, "", offline]


def test_paths_outside_of_ascii_need_a_locale_online(machine):
    """The message names the command that makes it; the toolbox has it, and ASCII needs none."""
    machine.stub("locale", "echo C.utf8")
    machine.stub("bazel", BAZEL.format("bazel"))
    online = machine.run("bazelw", "build", "//x", BAZELW_MODE="online")
    assert online.stdout == "bazel runs build //x\n"
    assert "sudo localedef -i en_US -f ISO-8859-1 en_US.ISO-8859-1" in online.stderr
    offline = machine.run("bazelw", "build", "//x", BAZELW_MODE="offline")
    assert "localedef" not in offline.stderr
    plain = machine.workspace.rename(machine.workspace.parent.parent / "plain")
    machine.workspace, machine.home = plain, plain
    plain_online = machine.run("bazelw", "build", "//x", BAZELW_MODE="online")
    assert "localedef" not in plain_online.stderr


def test_cache_that_cannot_be_written_says_what_to_set(machine):
    """The message names the variable and the option that move everything elsewhere."""
    (machine.home / ".cache").write_text("a file, which not even root can write into")
    result = machine.run("bazelw", "build", "//x", BAZELW_MODE="offline")
    assert result.stdout == OFFLINE
    warning, _ = result.stderr.splitlines()
    assert f"{machine.home}/.cache/kfp-component-lib must be a folder" in warning
    assert "Set XDG_CACHE_HOME=DIR" in warning
    elsewhere = str(machine.home / "elsewhere")
    moved = machine.run("bazelw", "build", "//x", BAZELW_MODE="offline", XDG_CACHE_HOME=elsewhere)
    assert "must be" not in moved.stderr


@pytest.mark.parametrize("answer", ["", "garbage", "|||", "99999999999|online|/gone/bazel|it was"])
def test_answer_that_is_no_use_is_asked_for_again(machine, answer):
    """A truncated answer, or one whose tool no longer exists, is not used."""
    machine.stub("curl", SILENT)
    file = machine.home / ".cache/kfp-component-lib/bazelw"
    file.parent.mkdir(parents=True)
    file.write_text(answer)
    assert machine.run("bazelw", "build", "//x").stdout == OFFLINE
    assert len(machine.calls("curl")) == 1


@pytest.mark.parametrize("mode", ["online", "offline"])
def test_bazelw_mode_decides_and_asks_nobody(machine, mode):
    """BAZELW_MODE takes precedence over the registry."""
    machine.stub("curl", SILENT if mode == "online" else ANSWERS)
    machine.stub("bazel", BAZEL.format("bazel"))
    result = machine.run("bazelw", "build", "//x", BAZELW_MODE=mode)
    assert result.stdout == (OFFLINE if mode == "offline" else "bazel runs build //x\n")
    assert re.fullmatch(rf"bazelw: {mode}, .* \(BAZELW_MODE says so\)\n", result.stderr)
    assert machine.calls("curl") == []


def test_bazelw_mode_takes_two_values(machine):
    """Any other value of BAZELW_MODE is an error that names it and says what to do."""
    result = machine.run("bazelw", "build", "//x", BAZELW_MODE="fast")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        "bazelw: BAZELW_MODE must be online or offline, got 'fast'."
        " Unset it to let bazelw find out.\n"
    )


@pytest.mark.parametrize("programs", [{}, {"bazel": OLD_BAZEL}], ids=str)
def test_online_without_a_tool_says_what_to_install(machine, programs):
    """BAZELW_MODE=online without a tool that provides a suitable Bazel is an error."""
    for name, script in programs.items():
        machine.stub(name, script)
    result = machine.run("bazelw", "build", "//x", BAZELW_MODE="online")
    assert (result.returncode, result.stdout) == (1, "")
    assert "Install bazelisk, or set BAZELW_MODE=offline." in result.stderr


@pytest.mark.parametrize("mode", [{}, {"BAZELW_MODE": "online"}], ids=str)
@pytest.mark.parametrize("programs", [{}, {"bazel": OLD_BAZEL}], ids=str)
def test_npm_gives_bazelisk_once(machine, programs, mode):
    """Without a suitable Bazel, the first call installs npm's bazelisk, and later calls run it."""
    machine.stub("curl", ANSWERS)
    for name, script in programs.items():
        machine.stub(name, script)
    source = machine.stub(machine.home / "bazelisk", BAZEL.format("npm's bazelisk"))
    package = "$4/node_modules/@bazel/bazelisk"
    copies = "; ".join(f'cp "{source}" "{package}/bazelisk-linux_{a}"' for a in ("amd64", "arm64"))
    machine.stub("npm", f'mkdir -p "{package}"; {copies}')
    for _ in range(2):
        done = machine.run("bazelw", "build", "//x", **mode)
        assert done.stdout == "npm's bazelisk runs build //x\n"
    assert len(machine.calls("npm")) == 1


def test_exit_status_and_arguments_are_bazels(machine):
    """bazelw passes on the arguments and the exit status of Bazel unchanged."""
    machine.stub(machine.workspace / "offline/bazel", 'printf "%s|" "$@"; exit 37')
    result = machine.run("bazelw", "run", "//x", "--", "a b", "", "*", BAZELW_MODE="offline")
    assert (result.returncode, result.stdout) == (37, "run|//x|--|a b||*|")


# As Bazel does with --script_path: it writes a script of the command with its arguments.
SCRIPTED = """
for argument; do
  case $argument in --script_path=*) echo 'env && echo "arguments:"' > "${argument#*=}" ;; esac
done
if [ "$1" = --in-toolbox ]; then shift && exec "$@"; fi
env > "$HOME/seen"
"""
SECRETS = {"PYPI_PWD": "s3cret", "TWINE_PASSWORD": "s3cret too", "COSIGN_PASSWORD": "s3cret\nkey"}


@pytest.mark.parametrize("options", [[], ["--output_base", "/x"], ["--nohome_rc"]], ids=str)
def test_secrets_are_kept_from_bazel_and_given_to_the_program(machine, options):
    """Bazel stores the environment of its client in its log and its build event stream."""
    machine.stub(machine.workspace / "offline/bazel", SCRIPTED)
    command = ["bazelw", *options, "run", "//x", "--", "a b"]
    done = machine.run(*command, BAZELW_MODE="offline", **SECRETS)
    assert done.returncode == 0, done.stderr
    assert "s3cret" not in (machine.home / "seen").read_text()
    given = done.stdout.splitlines()
    assert {"PYPI_PWD=s3cret", "TWINE_PASSWORD=s3cret too", "BAZELW_KEPT_SECRETS=1"} <= set(given)
    first, _ = machine.calls("bazel")
    assert re.sub(r"=/tmp/\S+", "=FILE", first) == " ".join(
        [*options, "run --script_path=FILE //x -- a b"]
    )


@pytest.mark.parametrize("command", ["build", "test", "query"])
def test_secrets_reach_no_other_command(machine, command):
    """A build needs none of the secrets."""
    machine.stub(machine.workspace / "offline/bazel", "env")
    seen = machine.run("bazelw", command, "//run", "run", BAZELW_MODE="offline", **SECRETS).stdout
    assert "s3cret" not in seen


def test_a_build_that_fails_runs_no_program(machine):
    """The exit status is that of Bazel, and no script is left behind."""
    machine.stub(machine.workspace / "offline/bazel", "exit 37")
    folder = machine.home / "tmp"
    folder.mkdir()
    environ = {"BAZELW_MODE": "offline", "TMPDIR": str(folder), "PYPI_PWD": "s3cret"}
    assert machine.run("bazelw", "run", "//x", **environ).returncode == 37
    assert list(folder.iterdir()) == []
    assert len(machine.calls("bazel")) == 1


def install(machine, folder: Path | None = None):
    result = machine.run("bazelw", "--install", folder or machine.bin)
    assert result.returncode == 0, result.stderr
    return result.stderr


def test_installed_bazel_runs_the_nearest_bazelw(machine):
    """`bazel` works in any folder below a bazelw, also after a second --install."""
    assert install(machine) == install(machine)
    below = machine.workspace / "a/b c"
    below.mkdir(parents=True)
    result = machine.run(machine.bin / "bazel", "build", "//x", cwd=below, BAZELW_MODE="offline")
    assert result.stdout == OFFLINE


def test_installed_bazel_is_never_taken_for_bazel(machine):
    """Neither bazelw nor the installed `bazel` calls itself; a real Bazel behind it is found."""
    machine.stub("curl", ANSWERS)
    install(machine)
    assert machine.run("bazelw", "build", "//x").stdout == OFFLINE
    (machine.home / ".cache/kfp-component-lib/bazelw").unlink()
    machine.stub("bazelisk", BAZEL.format("bazelisk"))
    assert machine.run("bazelw", "build", "//x").stdout == "bazelisk runs build //x\n"


def test_installed_bazel_outside_of_a_workspace(machine):
    """Without a bazelw above, the next bazel on PATH is used; without one, an error says so."""
    install(machine)
    result = machine.run(machine.bin / "bazel", "build", "//x", cwd=machine.home)
    assert result.returncode == 1
    assert "must be inside a workspace with a bazelw" in result.stderr
    machine.stub("bazelisk", BAZEL.format("bazelisk"))
    result = machine.run(machine.bin / "bazel", "build", "//x", cwd=machine.home)
    assert result.stdout == "bazelisk runs build //x\n"


def test_install_refuses_to_overwrite_a_foreign_bazel(machine):
    """A `bazel` that bazelw did not install is left unchanged."""
    foreign = machine.stub("bazel", BAZEL)
    before = foreign.read_bytes()
    result = machine.run("bazelw", "--install", machine.bin)
    assert result.returncode == 1
    assert f"{foreign} must be bazelw's own to be replaced" in result.stderr
    assert foreign.read_bytes() == before


def test_install_says_what_path_lacks(machine):
    """The message names a folder that is not on PATH or is shadowed by another bazel."""
    folder = machine.home / ".local/bin"
    assert f'export PATH="{folder}:$PATH"' in install(machine, folder)
    foreign = machine.stub("bazel", BAZEL)
    result = machine.run("bazelw", "--install", folder, PATH=f"{machine.bin}:{folder}")
    assert f"but {foreign} comes first on PATH; put {folder} before it" in result.stderr
