"""Tests of tools/new_workspace.py: what it writes and refuses, and the bazelw of the new workspace."""

import ast
import base64
import hashlib
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from kfp_component_lib import VERSION
from tools.new_workspace import Archive, create, find_archive, main

_PREFIX = f"kfp_component_lib-{VERSION}"
_URL = f"https://example.com/{_PREFIX}.tar.gz"
_INTEGRITY = "sha256-" + base64.b64encode(bytes(32)).decode()
# What stands in for the rules' own bazelw: it says where it is, and what it was told.
_BAZELW = '#!/bin/bash\necho "$0 $*"\n'
# The toolbox has no curl, and tests have no network.
_CURL = '#!/bin/bash\nwhile [ "$1" != -o ]; do shift; done\ncp "${3#file://}" "$2" 2> /dev/null\n'


@pytest.fixture
def rules(tmp_path):
    """A folder with a bazelw, whose name has what shells and URLs treat specially."""
    folder = tmp_path / "the rules' ö $HOME"
    folder.mkdir()
    (folder / "bazelw").write_text(_BAZELW)
    (folder / "bazelw").chmod(0o755)
    return folder


@pytest.fixture
def packed(rules, tmp_path):
    """The same folder as a source archive."""
    path = tmp_path / f"{_PREFIX}.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        tar.add(rules, _PREFIX)
    return path


def _calls(path: Path) -> dict[str, dict]:
    """Return the literal keyword arguments of the calls in a MODULE file, by function."""
    found = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            arguments = {k.arg: ast.literal_eval(k.value) for k in node.keywords}
            found[name + ":" + arguments["name"] if "name" in arguments else name] = arguments
    return found


def _options(bazelrc: Path) -> set[str]:
    lines = bazelrc.read_text(encoding="utf-8").splitlines()
    return {line for line in lines if line and not line.startswith("#")}


def _bazelw(workspace, tmp_path, *arguments):
    programs = tmp_path / "programs"
    programs.mkdir(exist_ok=True)
    (programs / "curl").write_text(_CURL)
    (programs / "curl").chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    return subprocess.run(
        [workspace / "bazelw", *arguments], env=environment, capture_output=True, text=True
    )


def test_the_new_workspace_uses_the_rules_of_a_folder(rules, tmp_path):
    """Both MODULE.bazel and bazelw name the folder, whatever characters it has."""
    files = create(tmp_path / "new", rules)
    assert {Path("MODULE.bazel"), Path("my_team/BUILD.bazel"), Path(".bazelrc")} < set(files)
    assert not list((tmp_path / "new").rglob("*.template"))
    calls = _calls(tmp_path / "new" / "MODULE.bazel")
    assert calls["local_path_override"] == {
        "module_name": "kfp_component_lib",
        "path": str(rules),
    }
    done = _bazelw(tmp_path / "new", tmp_path, "test", "//...")
    assert done.stdout == f"{rules}/bazelw test //...\n", done.stderr


def test_the_new_workspace_uses_the_rules_of_an_archive(packed, tmp_path):
    """The archive is downloaded and unpacked once; then the copy is used."""
    archive = find_archive(str(packed))
    create(tmp_path / "new", archive)
    assert _calls(tmp_path / "new" / "MODULE.bazel")["archive_override"] == {
        "module_name": "kfp_component_lib",
        "integrity": archive.integrity,
        "strip_prefix": _PREFIX,
        "urls": [f"file://{packed}"],
    }
    first = _bazelw(tmp_path / "new", tmp_path, "info")
    assert first.stdout.endswith("/bazelw info\n"), first.stderr
    packed.unlink()
    assert _bazelw(tmp_path / "new", tmp_path, "info").stdout == first.stdout
    kept = list((tmp_path / "cache" / "kfp-component-lib" / "archives").iterdir())
    assert [path.name[:7] for path in kept] == ["sha256-"]


def test_another_archive_is_not_unpacked(packed, tmp_path):
    """An archive with another hash is refused, and nothing of it is kept."""
    create(tmp_path / "new", find_archive(f"file://{packed}"))
    packed.write_bytes(packed.read_bytes() + b"more")
    done = _bazelw(tmp_path / "new", tmp_path, "info")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"file://{packed} must have the hash sha256-" in done.stderr
    assert not list((tmp_path / "cache" / "kfp-component-lib" / "archives").iterdir())


def test_an_archive_that_cannot_be_had(packed, tmp_path):
    """The message names the address and where to change it."""
    create(tmp_path / "new", find_archive(f"file://{packed}"))
    packed.unlink()
    done = _bazelw(tmp_path / "new", tmp_path, "info")
    assert done.returncode == 1
    assert "must be available, but curl failed. Name another address here and in" in done.stderr


def test_both_files_must_name_the_same_archive(packed, tmp_path):
    """An archive that was changed in MODULE.bazel alone is noticed."""
    create(tmp_path / "new", find_archive(f"file://{packed}"))
    module = tmp_path / "new" / "MODULE.bazel"
    module.write_text(module.read_text().replace('integrity = "sha256-', 'integrity = "sha256-x'))
    done = _bazelw(tmp_path / "new", tmp_path, "info")
    assert done.returncode == 1
    assert "integrity must be the same here and in MODULE.bazel" in done.stderr


def test_a_checkout_that_has_moved(rules, tmp_path):
    """The message says where to write the new folder."""
    create(tmp_path / "new", rules)
    rules.rename(tmp_path / "elsewhere")
    done = _bazelw(tmp_path / "new", tmp_path, "info")
    assert done.returncode == 1
    assert "must be a checkout of kfp_component_lib, but has no bazelw" in done.stderr


@pytest.mark.parametrize(
    ("url", "integrity", "message"),
    [
        (_URL, "", "--integrity must be given with an archive that is not a file"),
        (_URL, "sha256-abc", "--integrity must be sha256-… with 44 characters"),
        (_URL.replace(VERSION, "9.9"), _INTEGRITY, f"--archive must end in /{_PREFIX}.tar.gz"),
        (_URL.removesuffix(".gz"), _INTEGRITY, f"--archive must end in /{_PREFIX}.tar.gz"),
        (f"file:///missing/{_PREFIX}.tar.gz", "", "--archive must be a file that can be read"),
        (f"/Größe/{_PREFIX}.tar.gz", "", "--archive must have a path in ASCII, .* got '/Größe/"),
        (f"file:///%C3%B6/{_PREFIX}.tar.gz", "", "--archive must have a path in ASCII"),
    ],
)
def test_archives_that_are_refused(url, integrity, message):
    """The message says what the address or the hash must be."""
    with pytest.raises(ValueError, match=message):
        find_archive(url, integrity)


def test_the_hash_of_a_file_is_computed(packed):
    """It is the hash that source.json would state."""
    digest = base64.b64encode(hashlib.sha256(packed.read_bytes()).digest()).decode()
    archive = find_archive(f"file://{packed}".replace("_", "%5F", 1))
    assert archive.integrity == f"sha256-{digest}"
    assert find_archive(_URL, _INTEGRITY) == Archive(_URL, _INTEGRITY)


def test_a_folder_that_is_not_empty_is_refused(rules, tmp_path):
    """Nothing is written beside somebody else's files."""
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "mine").touch()
    with pytest.raises(ValueError, match="PATH must be a new or empty folder, got"):
        create(tmp_path / "new", rules)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["mine"]


def test_a_folder_in_the_rules_is_refused(rules):
    """A workspace in this one would be part of its //... ."""
    with pytest.raises(ValueError, match="PATH must be outside of"):
        create(rules / "new", rules)


def test_the_command_says_what_it_wrote_and_what_comes_next(rules, tmp_path, monkeypatch, capsys):
    """It lists the files and three commands, relative to where it was called."""
    monkeypatch.setenv("BUILD_WORKSPACE_DIRECTORY", str(rules))
    monkeypatch.setenv("BUILD_WORKING_DIRECTORY", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["new_workspace", "my team"])
    main()
    lines = capsys.readouterr().out.splitlines()
    assert "    pipelines/sized_dataset.golden.yaml" in lines
    assert lines[-3:] == [
        f"    cd '{tmp_path}/my team'",
        "    ./bazelw test //...",
        "    ./bazelw build //pipelines:compile",
    ]


def test_a_hash_without_an_archive_is_refused(rules, tmp_path, monkeypatch):
    """It would have no effect."""
    monkeypatch.setenv("BUILD_WORKSPACE_DIRECTORY", str(rules))
    monkeypatch.setattr(sys, "argv", ["new_workspace", str(tmp_path / "n"), "--integrity", "x"])
    with pytest.raises(SystemExit, match="--integrity must come with --archive"):
        main()
    assert not (tmp_path / "n").exists()


def test_the_new_workspace_has_our_versions(rules, tmp_path):
    """It starts with the rulesets, the base image and the Bazel that we test with."""
    create(tmp_path / "new", rules)
    ours, new = _calls(Path("MODULE.bazel")), _calls(tmp_path / "new" / "MODULE.bazel")
    assert new["bazel_dep:kfp_component_lib"]["version"] == VERSION
    for name in ("bazel_dep:rules_oci", "bazel_dep:rules_python", "python.toolchain"):
        assert new[name] == ours[name]
    base, mine = ours["oci.pull:kfp_component_lib_python_base"], new["oci.pull:python_base"]
    assert {k: mine[k] for k in ("digest", "image", "platforms")} == {
        k: base[k] for k in ("digest", "image", "platforms")
    }
    options = [_options(folder / ".bazelrc") for folder in (tmp_path / "new", Path())]
    assert options[0] - options[1] == {
        "build:release --//image:image.architectures=all",
        "coverage --instrumentation_filter=^//my_team[/:]",
    }
    assert (tmp_path / "new" / ".bazelversion").read_text() == Path(".bazelversion").read_text()
