"""The output of kfp_pipeline in each format."""

import json
import os
from pathlib import Path

import yaml

_FOLDER = Path(os.environ["MINIMAL"]).parent


def test_json_with_other_defaults():
    """The format and the parameters in the BUILD file are passed to KFP."""
    spec = json.loads((_FOLDER / "minimal_json.json").read_text(encoding="utf-8"))
    assert spec["root"]["inputDefinitions"]["parameters"]["a"]["defaultValue"] == 7.0


def test_kubernetes_manifest():
    """The manifest contains the definition and the options."""
    manifest = yaml.safe_load((_FOLDER / "minimal_manifest.yaml").read_text(encoding="utf-8"))
    definition = yaml.safe_load((_FOLDER / "minimal.yaml").read_text(encoding="utf-8"))
    assert manifest["kind"] == "PipelineVersion"
    assert manifest["metadata"] == {"name": "minimal", "namespace": "kubeflow"}
    assert manifest["spec"]["pipelineSpec"] == definition
