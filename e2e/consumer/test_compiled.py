"""What the rules make of the consumer's component and pipeline."""

import os
from pathlib import Path

import pytest
import yaml


@pytest.mark.parametrize("definition", os.environ["DEFINITIONS"].split())
def test_the_consumers_image_is_named_by_its_digest(definition):
    """Each definition names the image that was built with it."""
    digest = Path(os.environ["DIGEST"]).read_text(encoding="utf-8").strip()
    spec = yaml.safe_load(Path(definition).read_text(encoding="utf-8"))
    image = spec["deploymentSpec"]["executors"]["exec-greet"]["container"]["image"]
    assert image == f"localhost:5000/consumer:2.0.0@{digest}"
