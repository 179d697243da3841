"""offline/bazel: which files Bazel gets from the toolbox and which from the machine."""

import shlex

import pytest

BWRAP = 'printf "%s\\n" "$@"; echo "--- bazelrc"; cat <&9'


@pytest.fixture
def machine(machine):
    toolbox = machine.home / "root"
    (toolbox / "etc/bazel").mkdir(parents=True)
    (toolbox / "etc/bazel/toolbox").write_text("7.7.1 abc-1\n")
    machine.stub(machine.workspace / "offline/setup.sh", f"echo {toolbox}")
    machine.stub("bwrap", BWRAP)
    return machine


def test_stand_ins_are_those_of_the_launchers_own_folder(machine):
    """The stand-ins are available to any workspace, even one outside this repository."""
    result = machine.run("offline/bazel", "build", "//x", cwd=machine.home)
    bazelrc = result.stdout.split("--- bazelrc\n")[1]
    assert "%workspace%" not in bazelrc
    # Bazel splits the lines of a bazelrc into words as a shell does.
    words = shlex.split(bazelrc, comments=True)
    assert f"--override_module=rules_oci={machine.workspace}/offline/rules_oci" in words


def test_server_of_another_toolbox_is_replaced(machine):
    """The id of the toolbox is a startup option, so Bazel replaces a server without it."""
    result = machine.run("offline/bazel", "build", "//x")
    assert result.stdout.endswith("\nstartup --host_jvm_args=-Dtoolbox=abc-1\n")


def test_arguments_and_version_are_handed_on(machine):
    """Bazel gets the arguments unchanged, and the version, which Debian's Bazel does not know."""
    result = machine.run("offline/bazel", "run", "//x", "--", "a b", "")
    assert "\nBAZEL_DEV_VERSION_OVERRIDE\n7.7.1\n" in result.stdout
    assert "\nrun\n//x\n--\na b\n\n--- bazelrc" in result.stdout


def test_a_release_is_told_what_cannot_be_built(machine):
    """The launcher's last bazelrc comes after that of the workspace, and overrides it."""
    result = machine.run("offline/bazel", "build", "//x")
    last = f"--bazelrc={machine.workspace}/offline/release.bazelrc"
    assert f"\nbazel\n{last}\nbuild\n//x\n--- bazelrc" in result.stdout


def _laid_over(result):
    arguments = result.stdout.partition("--- bazelrc\n")[0].splitlines()
    return [arguments[n + 1] for n, text in enumerate(arguments) if text == "--ro-bind"]


def test_files_that_pip_is_told_of_come_along(machine):
    """Constraints for the whole machine are below /etc, where the toolbox has its own files."""
    config = machine.home / ".config/pip/pip.conf"
    config.parent.mkdir(parents=True)
    config.write_text("[global]\nconstraint = /etc/debian_version\n", encoding="utf-8")
    for _ in range(2):  # The second time, the place for it already exists.
        given = {"PIP_FIND_LINKS": "/usr/lib/python3 /etc/no/such"}
        result = machine.run("offline/bazel", "build", "//x", **given)
        assert "/etc/debian_version" in _laid_over(result)
        assert "/usr/lib/python3" in _laid_over(result)
        assert "/etc/no/such" not in _laid_over(result)
    assert (machine.home / "root/etc/debian_version").read_text() == ""
    assert (machine.home / "root/usr/lib/python3").is_dir()


def test_what_the_toolbox_has_itself_is_not_laid_over(machine):
    """Files of the toolbox, such as certificates, are not replaced by those of the machine."""
    certificates = machine.home / "root/etc/debian_version"
    certificates.write_text("the toolbox's")
    result = machine.run("offline/bazel", "build", "//x", PIP_CERT="/etc/debian_version")
    assert "/etc/debian_version" not in _laid_over(result)


def test_folder_hidden_by_the_toolbox_is_refused(machine):
    """Below /usr Bazel would see the files of the toolbox instead of those of the workspace."""
    result = machine.run("offline/bazel", "build", "//x", cwd="/usr/lib")
    assert result.returncode == 1
    assert "must be outside of /usr and /etc, got /usr/lib. Move it." in result.stderr


def test_failed_setup_ends_the_launcher(machine):
    """Without a toolbox, Bazel is not started."""
    machine.stub(machine.workspace / "offline/setup.sh", "exit 1")
    result = machine.run("offline/bazel", "build", "//x")
    assert (result.returncode, result.stdout) == (1, "")
    assert machine.calls("bwrap") == []
