"""NAME.push of a kfp_image, against a registry that this test starts on this machine."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from crane_registry import serve
from layout_writer import INDEX, write_blob, write_index, write_json

CRANE = os.environ["CRANE"]
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


@pytest.fixture(scope="module")
def registry() -> Iterator[str]:
    """Serve an empty registry; return its host and port."""
    with serve(CRANE) as port:
        yield f"127.0.0.1:{port}"


@pytest.fixture
def repository(registry: str, request) -> str:
    """Return a repository that no other test uses."""
    return f"{registry}/{request.node.name}"


@pytest.fixture
def layout(tmp_path: Path):
    """Write a layout with one image, which differs by its content; return folder and digest."""

    def _layout(content: bytes) -> tuple[Path, str]:
        folder = tmp_path / content.decode()
        layer = write_blob(folder, LAYER, content)
        rootfs = {"type": "layers", "diff_ids": [layer["digest"]]}
        config = write_json(
            folder, CONFIG, {"architecture": "amd64", "os": "linux", "rootfs": rootfs}
        )
        image = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer]}
        members = [write_json(folder, MANIFEST, image)]
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": members}
        descriptor = write_json(folder, INDEX, index)
        write_index(folder, descriptor)
        return folder, descriptor["digest"]

    return _layout


def push(layout: Path, reference: str, *flags: str) -> subprocess.CompletedProcess:
    """Run the push as `bazel run` would, with the flags."""
    given = [f"--crane={CRANE}", f"--layout={layout}", f"--reference={reference}"]
    return subprocess.run([os.environ["PUSH"], *given, *flags], capture_output=True, text=True)


def digest(reference: str) -> str:
    """Return what a registry shows under a tag."""
    return subprocess.check_output([CRANE, "digest", reference], text=True).strip()


def test_a_tag_is_given_once(repository, layout):
    """The same images may be pushed again; others are refused, and the tag stays."""
    (first, shown), (other, _) = layout(b"first"), layout(b"other")
    done = push(first, f"{repository}:1.0.0")
    assert (done.returncode, done.stdout) == (0, f"pushed {repository}:1.0.0@{shown}\n"), (
        done.stderr
    )
    again = push(first, f"{repository}:1.0.0")
    assert (again.returncode, again.stdout) == (
        0,
        f"{repository}:1.0.0 already exists, with {shown}\n",
    )
    refused = push(other, f"{repository}:1.0.0")
    assert refused.returncode == 1
    assert f"ERROR: {repository}:1.0.0 must keep its content, got {shown} there" in refused.stderr
    assert digest(f"{repository}:1.0.0") == shown


def test_a_development_version_moves_if_told_to(repository, layout):
    """Without the flag it stays as well."""
    (first, shown), (other, newest) = layout(b"first"), layout(b"other")
    assert push(first, f"{repository}:1.1.0.dev0").returncode == 0
    assert push(other, f"{repository}:1.1.0.dev0").returncode == 1
    assert digest(f"{repository}:1.1.0.dev0") == shown
    assert push(other, f"{repository}:1.1.0.dev0", "--allow-overwrite").returncode == 0
    assert digest(f"{repository}:1.1.0.dev0") == newest


@pytest.mark.parametrize("tag", ["1.0.0", "latest"])
def test_no_other_tag_may_move(repository, layout, tag):
    """The flag is refused before anything is asked or written."""
    refused = push(layout(b"first")[0], f"{repository}:{tag}", "--allow-overwrite")
    assert refused.returncode == 1
    assert f"must be used for development versions (X.Y.Z.devN), got '{tag}'" in refused.stderr


def test_another_repository_may_be_named(repository, layout):
    """The tag is the same there."""
    folder, shown = layout(b"first")
    assert push(folder, "localhost:1/a:2.0.0", f"--repository={repository}").returncode == 0
    assert digest(f"{repository}:2.0.0") == shown


def test_a_registry_out_of_reach_is_named(layout):
    """It is no registry without the tag."""
    done = push(layout(b"first")[0], "127.0.0.1:1/a:2.0.0")
    assert done.returncode == 1
    assert "crane digest 127.0.0.1:1/a:2.0.0 failed" in done.stderr
