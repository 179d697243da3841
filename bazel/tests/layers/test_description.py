"""What an image says of itself: of a base nothing is handed on, and what it is called is looked up."""

import os
import subprocess
from pathlib import Path

import pytest
from oci_layout import Image

DESCRIBED, PLAIN = (Image(Path(os.environ[name])) for name in ("DESCRIBED", "PLAIN"))
MODULE = """
module(name = "it", version = "1")
oci = use_extension("@rules_oci//oci:extensions.bzl", "oci")
oci.pull(
    name = "one",
    digest = "sha256:1",
    image = "docker.io/library/one",
    platforms = ["linux/amd64"],
    tag = "1-slim",
)
oci.pull(name = "untagged", digest = "sha256:2", image = "docker.io/library/two")
"""


def test_annotations_and_predefined_labels_go():
    """Its version is none of the image's; a label of the base's own may be read by some tool."""
    assert DESCRIBED.manifest["annotations"]
    assert "annotations" not in PLAIN.manifest
    assert PLAIN.config["config"]["Labels"] == {"maintainer": "the base's"}


def test_all_else_stays():
    """Layers, with their blobs, and what a container starts with."""
    assert PLAIN.manifest["layers"] == DESCRIBED.manifest["layers"]
    assert [path.read_bytes() for path in PLAIN.layers] == [
        path.read_bytes() for path in DESCRIBED.layers
    ]
    kept = {key: DESCRIBED.config[key] for key in DESCRIBED.config if key != "config"}
    assert {key: PLAIN.config[key] for key in PLAIN.config if key != "config"} == kept
    assert PLAIN.config["config"]["Env"] == DESCRIBED.config["config"]["Env"]


def test_annotations_are_the_labels_and_the_base():
    """The base's digest is that of the base as it was pulled."""
    lines = Path(os.environ["ANNOTATIONS"]).read_text(encoding="utf-8").splitlines()
    assert lines == [
        "org.example.text=a=b c",
        f"org.opencontainers.image.base.digest={DESCRIBED.digest}",
    ]


def pulled_reference(folder: Path, pull: str) -> subprocess.CompletedProcess:
    """Look a pull up in MODULE."""
    (folder / "MODULE.bazel").write_text(MODULE, encoding="utf-8")
    flags = ["--owner=//t:t", "--module=MODULE.bazel", f"--pull={pull}", "--out=out"]
    program = Path(os.environ["PULLED_REFERENCE"]).absolute()
    return subprocess.run([program, *flags], cwd=folder, capture_output=True, text=True)


def test_a_pulled_image_is_called_what_its_pull_says(tmp_path: Path):
    """Image and tag of the one pull, among others."""
    assert pulled_reference(tmp_path, "one").returncode == 0
    assert (tmp_path / "out").read_text(encoding="utf-8") == "docker.io/library/one:1-slim\n"


@pytest.mark.parametrize("pull", ["untagged", "nothing"])
def test_a_pull_without_a_name_is_refused(tmp_path: Path, pull: str):
    """The message says what to write, and where."""
    done = pulled_reference(tmp_path, pull)
    assert done.returncode == 1
    assert done.stderr.startswith("//t:t.pull must be the name of an oci.pull of MODULE.bazel")
    assert f"got {pull!r}" in done.stderr
    assert not (tmp_path / "out").exists()
