"""kfp_image: the content of its images, and their labels and annotations."""

import gzip
import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest
from oci_layout import Image, members

DESCRIBED = Image(Path(os.environ["DESCRIBED"]))
IMAGES = {
    path.name.split(".")[-1]: Image(path) for path in map(Path, os.environ["LAYOUTS"].split())
}
WHOLE, DATES, PLAIN = IMAGES["amd64"], IMAGES["dates"], IMAGES["plain"]
SITE = "opt/site-packages"
OCI = "org.opencontainers.image."
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


def modules(image: Image) -> set[str]:
    """Return the modules of the sample in an image."""
    return {path.removeprefix(f"{SITE}/") for path in image.files if path.count("/") == 2}


def has_dateutil(image: Image) -> bool:
    """Return whether the distribution is in the image's own folder for packages."""
    return f"{SITE}/dateutil/parser/__init__.py" in image.files


def test_a_component_has_what_its_library_needs():
    """An image has its component's modules and distributions, and none of the other component."""
    assert modules(PLAIN) >= {"plain.py", "shared.py"}
    assert "dates.py" not in modules(PLAIN)
    assert modules(DATES) >= {"dates.py", "shared.py"}
    assert "plain.py" not in modules(DATES)
    assert [has_dateutil(image) for image in (WHOLE, DATES, PLAIN)] == [True, True, False]


def test_all_have_kfp_without_what_only_its_compiler_needs():
    """The executor of a component needs kfp.dsl."""
    for image in IMAGES.values():
        assert f"{SITE}/kfp/dsl/executor_main.py" in image.files
        assert not [path for path in image.files if path.startswith(f"{SITE}/kfp/compiler/")]


def test_what_components_share_is_one_layer():
    """A registry stores the layer once, and an edit pushes it once."""
    shared = [
        {
            layer.name
            for layer in image.layers
            for m in members(layer)
            if m.name == f"{SITE}/shared.py"
        }
        for image in (DATES, PLAIN)
    ]
    assert shared[0] == shared[1]
    assert len(shared[0]) == 1


def test_nothing_that_the_base_says_of_itself_is_handed_on():
    """The base's version is not inherited, but other labels, which tools may read, are."""
    own = {OCI + "title": "sample", OCI + "version": "1", "org.example.text": "a=b c"}
    assert WHOLE.config["config"]["Labels"] == own | {"maintainer": "the base's"}
    assert WHOLE.manifest["annotations"] == own | {OCI + "base.digest": DESCRIBED.digest}
    assert DATES.manifest["annotations"][OCI + "title"] == "sample dates"


def test_a_pod_can_start_it_as_anybody():
    """The user is numeric, the group is 0, there is no entrypoint, environments are merged."""
    settings = WHOLE.config["config"]
    assert settings["User"] == "65532:0"
    assert settings["WorkingDir"] == "/tmp"
    assert "Entrypoint" not in settings
    assert WHOLE.environment() == {"PATH": "/bin", "PYTHONPATH": f"/{SITE}", "SAMPLE": "1"}


def test_layers_are_the_bases_and_then_its_own():
    """The config lists the digests of the uncompressed layers, and is written from scratch."""
    assert WHOLE.above(DESCRIBED)
    diff_ids = WHOLE.config["rootfs"]["diff_ids"]
    contents = [gzip.decompress(layer.read_bytes()) for layer in WHOLE.layers]
    assert diff_ids == [f"sha256:{hashlib.sha256(content).hexdigest()}" for content in contents]


def test_the_index_has_the_whole_library_first():
    """There is one tag for all images, and each image has its digest."""
    (descriptor,) = json.loads(Path(os.environ["INDEX"], "index.json").read_bytes())["manifests"]
    digest = Path(os.environ["DIGEST"]).read_text(encoding="utf-8").strip()
    assert descriptor["digest"] == digest
    blob = Path(os.environ["INDEX"], "blobs", *digest.split(":"))
    manifests = json.loads(blob.read_bytes())["manifests"]
    assert [entry["digest"] for entry in manifests] == [WHOLE.digest, DATES.digest, PLAIN.digest]


def pulled_reference(folder: Path, pull: str) -> subprocess.CompletedProcess:
    """Look up a pull in MODULE."""
    (folder / "MODULE.bazel").write_text(MODULE, encoding="utf-8")
    flags = ["--owner=//t:t", "--module=MODULE.bazel", f"--pull={pull}", "--out=out"]
    program = Path(os.environ["PULLED_REFERENCE"]).absolute()
    return subprocess.run([program, *flags], cwd=folder, capture_output=True, text=True)


def test_a_pulled_image_is_called_what_its_pull_says(tmp_path: Path):
    """Image and tag are those of the named pull among several."""
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
