"""What the rules make of the consumer's components and pipeline."""

import os
from email.parser import BytesParser
from pathlib import Path

import pytest
import yaml
from oci_layout import Image

VERSIONS = {"GREET": [], "SAY_SIZE": ["4.13.0"], "SAY_SIZE_AS_BEFORE": ["4.9.0"]}


def image_of(name: str) -> Image:
    """Return the image of a component."""
    return Image(Path(os.environ[name]))


@pytest.mark.parametrize("definition", os.environ["DEFINITIONS"].split())
def test_each_component_names_its_own_image(definition):
    """By its digest, as it was built with the definition."""
    spec = yaml.safe_load(Path(definition).read_text(encoding="utf-8"))
    for label, executor in spec["deploymentSpec"]["executors"].items():
        name = label.removeprefix("exec-").replace("-", "_").upper()
        image = f"localhost:5000/consumer:2.0.0@{image_of(name).digest}"
        assert executor["container"]["image"] == image


@pytest.mark.parametrize("name", VERSIONS)
def test_each_image_has_the_version_that_its_component_needs(name):
    """Two components of one pipeline need two versions of humanize, a third one none."""
    found = image_of(name).read("opt/site-packages/humanize-*.dist-info/METADATA")
    versions = [BytesParser().parsebytes(text)["Version"] for text in found.values()]
    assert versions == VERSIONS[name]
