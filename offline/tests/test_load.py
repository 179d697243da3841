"""oci_load: the archive that a container engine gets."""

import hashlib
import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest


@pytest.fixture
def loaded(tmp_path):
    """Runs an oci_load target, and returns the files in the archive that the engine got."""

    def load(name):
        recorded = tmp_path / "archive.tar"
        environment = os.environ | {"RECORDED_ARCHIVE": str(recorded)}
        subprocess.run([os.environ[name]], check=True, env=environment, timeout=60)
        return read(recorded)

    return load


def read(archive):
    """The files in an archive."""
    with tarfile.open(archive) as tar:
        return {entry.name: tar.extractfile(entry).read() for entry in tar if entry.isfile()}


def digest(name):
    """The content of a .digest target."""
    return Path(os.environ[name + "_DIGEST"]).read_text().strip()


def test_docker_archive_names_tags_config_and_layers(loaded):
    """`docker load` and `podman load` read this format, and tag the image."""
    files = loaded("LOAD")
    (image,) = json.loads(files["manifest.json"])
    assert image["RepoTags"] == ["example.org/child:1"]
    assert len(image["Layers"]) == 2
    config = files[image["Config"]]
    assert image["Config"] == "blobs/sha256/" + hashlib.sha256(config).hexdigest()
    assert json.loads(config)["architecture"] == "amd64"
    for layer in image["Layers"]:
        assert layer == f"blobs/sha256/{hashlib.sha256(files[layer]).hexdigest()}.tar.gz"


def test_archive_can_be_built(loaded):
    """The output group `tarball` contains the same archive as a file."""
    assert read(os.environ["TARBALL"]) == loaded("LOAD")


def test_index_is_loaded_as_its_layout(loaded):
    """An index lists itself once for each tag, and contains the blobs of all platforms."""
    files = loaded("LOAD_INDEX")
    manifests = json.loads(files["index.json"])["manifests"]
    tags = [entry["annotations"]["org.opencontainers.image.ref.name"] for entry in manifests]
    assert tags == ["example.org/index:1", "example.org/index:2"]
    assert {entry["digest"] for entry in manifests} == {digest("INDEX")}
    index = json.loads(files["blobs/" + digest("INDEX").replace(":", "/")])
    for entry in index["manifests"]:
        assert "blobs/" + entry["digest"].replace(":", "/") in files
