"""Tests that the version in MODULE.bazel is that of the wheel, the image and the pipelines."""

import json
import os
import re
from pathlib import Path

import pytest
import yaml
from oci_layout import Image

import kfp_component_lib

REFERENCE = re.compile(r"(?P<repository>.+):(?P<tag>[^:@]+)@(?P<digest>sha256:[0-9a-f]{64})")


@pytest.fixture(scope="module")
def version() -> str:
    """Return the version that is written in MODULE.bazel."""
    text = Path(os.environ["MODULE"]).read_text(encoding="utf-8")
    return re.search(r"^module\(.*?version = \"([^\"]+)\"", text, re.DOTALL | re.MULTILINE)[1]


@pytest.fixture(scope="module")
def image() -> Image:
    """Return the image."""
    return Image(Path(os.environ["IMAGE"]))


def references() -> list[tuple[str, str, str]]:
    """Return the pipeline, component and image reference of every task that has a container."""
    found = []
    for path in map(Path, os.environ["PIPELINES"].split()):
        spec = next(yaml.safe_load_all(path.read_text(encoding="utf-8")))
        for executor in spec["deploymentSpec"]["executors"].values():
            if "container" in executor:
                arguments = executor["container"]["args"]
                function = arguments[arguments.index("--function_to_execute") + 1]
                found.append((path.name, function, executor["container"]["image"]))
    return found


def test_wheel(version: str):
    """The version is in the file name of the wheel."""
    (path,) = Path(os.environ["WHEEL_DIST"]).iterdir()
    assert path.name.split("-")[1] == version


def test_library(version: str):
    """The library states the version, and so does the requirement by which it is installed."""
    assert version == kfp_component_lib.VERSION
    assert f"kfp-component-lib=={version}" == kfp_component_lib.PKG_DEPENDENCY


def test_tag(version: str):
    """The version is the tag of the image reference that components have."""
    assert kfp_component_lib.KFP_CONTAINER_IMAGE.rpartition(":")[2] == version


def test_label(version: str, image: Image):
    """The image has a label with the version."""
    assert image.config["config"]["Labels"]["org.opencontainers.image.version"] == version


def test_library_in_the_image(version: str, image: Image):
    """The library that a pod imports states the version."""
    contents = image.read("opt/site-packages/kfp_component_lib/_build_info.py")
    assert [f'VERSION = "{version}"' in text.decode() for text in contents.values()] == [True]


def digests() -> dict[str, str]:
    """Return the digest of each component's image."""
    layout = Path(os.environ["IMAGE"])
    digest = Path(os.environ["IMAGE_DIGEST"]).read_text(encoding="utf-8").strip()
    index = json.loads(layout.joinpath("blobs", *digest.split(":")).read_bytes())
    return {
        entry["annotations"]["org.opencontainers.image.title"].split()[-1]: entry["digest"]
        for entry in index["manifests"]
    }


@pytest.mark.parametrize(("pipeline", "function", "reference"), references())
def test_pipeline(version: str, pipeline: str, function: str, reference: str):
    """Every task names the version, and the digest of its component's image in this build."""
    found = REFERENCE.fullmatch(reference)
    assert found, f"{pipeline}: {reference}"
    assert (found["tag"], found["digest"]) == (version, digests()[function])


def test_digest_file(image: Image):
    """The digest file, with which pipelines are compiled, holds the digest of the image."""
    assert Path(os.environ["IMAGE_DIGEST"]).read_text(encoding="utf-8").strip() == image.digest
