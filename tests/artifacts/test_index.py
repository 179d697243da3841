"""The index: what it says of itself, and which images it has."""

import hashlib
import json
import os
import re
from pathlib import Path

from oci_layout import Image

LAYOUT = Path(os.environ["INDEX"])
OCI = "org.opencontainers.image."


def index() -> dict:
    """Return the index."""
    (descriptor,) = json.loads((LAYOUT / "index.json").read_bytes())["manifests"]
    return json.loads(blob(descriptor))


def blob(descriptor: dict) -> bytes:
    """Return what a descriptor names, once size and digest are right."""
    content = LAYOUT.joinpath("blobs", *descriptor["digest"].split(":")).read_bytes()
    assert descriptor["size"] == len(content)
    assert descriptor["digest"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    return content


def test_annotations_are_its_own():
    """It says what its images say; the base's digest is the one that MODULE.bazel pulls."""
    pull = Path(os.environ["MODULE"]).read_text(encoding="utf-8").partition("oci.pull(")[2]
    argument = {
        name: re.search(rf'{name} = "(.+)"', pull)[1] for name in ("digest", "image", "tag")
    }
    assert index()["annotations"] == {
        OCI + "base.digest": argument["digest"],
        OCI + "base.name": f"{argument['image']}:{argument['tag']}",
        OCI + "licenses": "Apache-2.0",
        OCI + "source": os.environ["SOURCE"],
        OCI + "title": "kfp-component-lib",
        OCI + "version": os.environ["VERSION"],
    }


def test_it_has_its_images_whole():
    """Every blob of each is there, and each has its platform."""
    manifests = index()["manifests"]
    images = [Image(Path(path)) for path in os.environ["IMAGES"].split()]
    assert [entry["digest"] for entry in manifests] == [image.digest for image in images]
    for entry in manifests:
        assert entry["platform"] == {"os": "linux", "architecture": "amd64"}
        manifest = json.loads(blob(entry))
        for part in manifest["config"], *manifest["layers"]:
            blob(part)


def test_digest_file_holds_its_digest():
    """What pipelines would name."""
    (descriptor,) = json.loads((LAYOUT / "index.json").read_bytes())["manifests"]
    assert Path(os.environ["DIGEST"]).read_text(encoding="utf-8") == f"{descriptor['digest']}\n"
