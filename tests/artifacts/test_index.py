"""Tests of the image index: its annotations, and its images."""

import hashlib
import json
import os
import re
from pathlib import Path

from oci_layout import Image

LAYOUT = Path(os.environ["INDEX"])
OCI = "org.opencontainers.image."
TITLE = "kfp-component-lib"


def index() -> dict:
    """Return the index."""
    (descriptor,) = json.loads((LAYOUT / "index.json").read_bytes())["manifests"]
    return json.loads(blob(descriptor))


def blob(descriptor: dict) -> bytes:
    """Return the blob that a descriptor names, after checking its size and digest."""
    content = LAYOUT.joinpath("blobs", *descriptor["digest"].split(":")).read_bytes()
    assert descriptor["size"] == len(content)
    assert descriptor["digest"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    return content


def pulled() -> dict[str, str]:
    """Return the annotations that follow from the base that MODULE.bazel pulls."""
    pull = Path(os.environ["MODULE"]).read_text(encoding="utf-8").partition("oci.pull(")[2]
    names = "digest", "image", "tag"
    found = {name: re.search(rf'{name} = "(.+)"', pull)[1] for name in names}
    return {
        OCI + "base.digest": found["digest"],
        OCI + "base.name": f"{found['image']}:{found['tag']}",
    }


def test_annotations_are_its_own():
    """The index has the project's annotations; those about a pulled base are from MODULE.bazel."""
    own = {
        OCI + "licenses": "Apache-2.0",
        OCI + "source": os.environ["SOURCE"],
        OCI + "title": TITLE,
        OCI + "version": os.environ["VERSION"],
    }
    assert index()["annotations"] == own | (pulled() if "BASE_NAME" in os.environ else {})


def test_the_whole_library_comes_first():
    """A client that selects by platform takes the first match, which is the whole library."""
    titles = [entry["annotations"][OCI + "title"] for entry in index()["manifests"]]
    assert titles[0] == TITLE
    assert all(title.startswith(f"{TITLE} ") for title in titles[1:])
    assert Image(LAYOUT).config["config"]["Labels"][OCI + "title"] == TITLE


def test_it_has_its_images_whole():
    """The layout has every blob of each image, and each image has its platform."""
    read = set()
    for entry in index()["manifests"]:
        assert entry["platform"] == {"os": "linux", "architecture": "amd64"}
        manifest = json.loads(blob(entry))
        for part in manifest["config"], *manifest["layers"]:
            if part["digest"] not in read:
                blob(part)
            read.add(part["digest"])


def test_digest_file_holds_its_digest():
    """The digest file holds the digest of the index, by which all of it can be pulled."""
    (descriptor,) = json.loads((LAYOUT / "index.json").read_bytes())["manifests"]
    assert Path(os.environ["DIGEST"]).read_text(encoding="utf-8") == f"{descriptor['digest']}\n"
