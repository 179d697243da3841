"""What the rules made with one version of KFP."""

import os
from pathlib import Path

import kfp
import yaml


def test_the_definition_names_the_version_it_was_compiled_by():
    """It is the one of the hub that the target names."""
    text = Path(os.environ["DEFINITION"]).read_text(encoding="utf-8")
    spec, platform = yaml.safe_load_all(text)
    assert spec["sdkVersion"] == f"kfp-{kfp.__version__}"
    assert spec["pipelineInfo"]["description"] == "Says Hello."
    assert "kubernetes" in platform["platforms"]
