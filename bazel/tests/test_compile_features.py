"""What the compile tool writes is, byte for byte, what the SDK writes."""

import importlib.util
import os
import warnings
from pathlib import Path

import pytest
from kfp import compiler
from kfp.compiler.compiler_utils import KubernetesManifestOptions

pytestmark = pytest.mark.filterwarnings("ignore:The default base_image:FutureWarning")

_FEATURES = {path.stem: path for path in Path(os.environ["FEATURES"]).parent.glob("*.py")}
_OPTIONS = {"namespace": "kubeflow", "include_pipeline_manifest": True}


def _by_sdk(path: Path, out: Path, **options: object) -> str:
    """Compile by the public interface of the SDK, fully imported."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with warnings.catch_warnings(category=DeprecationWarning, action="ignore"):
        compiler.Compiler().compile(vars(module)[path.stem], str(out), **options)
    return out.read_text(encoding="utf-8")


def _kind(feature: str) -> str:
    return "component" if feature.endswith("component") and "loaded" not in feature else "pipeline"


def test_there_are_features():
    """The table is not empty by mistake."""
    assert {"conditions", "kubernetes_platform", "single_component"} <= _FEATURES.keys()


@pytest.mark.parametrize("feature", sorted(_FEATURES))
def test_yaml_is_the_sdks(compile_text, tmp_path, feature):
    """Every feature of the DSL."""
    text = _FEATURES[feature].read_text(encoding="utf-8")
    compiled = compile_text(text, f"--function={feature}", kind=_kind(feature))
    assert compiled.text == _by_sdk(_FEATURES[feature], tmp_path / "sdk.yaml")


@pytest.mark.parametrize("feature", ["minimal", "loops", "unicode_text", "single_component"])
def test_json_is_the_sdks(compile_text, tmp_path, feature):
    """The output's suffix makes it JSON."""
    text = _FEATURES[feature].read_text(encoding="utf-8")
    compiled = compile_text(text, kind=_kind(feature), form="json")
    assert compiled.text == _by_sdk(_FEATURES[feature], tmp_path / "sdk.json")


@pytest.mark.parametrize("feature", ["minimal", "kubernetes_platform", "unicode_text"])
def test_manifest_is_the_sdks(compile_text, tmp_path, feature):
    """A manifest for Kubernetes, platform specs included."""
    text = _FEATURES[feature].read_text(encoding="utf-8")
    compiled = compile_text(text, '--manifest={"namespace":"kubeflow","include_pipeline_manifest":true}')
    assert compiled.text == _by_sdk(
        _FEATURES[feature],
        tmp_path / "sdk.yaml",
        kubernetes_manifest_format=True,
        kubernetes_manifest_options=KubernetesManifestOptions(**_OPTIONS),
    )


def test_parameters_are_the_sdks(compile_text, tmp_path):
    """Values for parameters become the defaults."""
    text = _FEATURES["minimal"].read_text(encoding="utf-8")
    compiled = compile_text(text, '--parameters={"a":7}')
    expected = _by_sdk(_FEATURES["minimal"], tmp_path / "sdk.yaml", pipeline_parameters={"a": 7})
    assert "Default: 7" in expected
    assert compiled.text == expected


def test_caching_can_be_off_for_all_tasks(compile_text):
    """What KFP's command line calls --disable-execution-caching-by-default."""
    text = _FEATURES["minimal"].read_text(encoding="utf-8")
    assert "enableCache: true" in compile_text(text).text
    assert "enableCache: true" not in compile_text(text, "--no_caching").text


def test_type_check_can_be_off(compile_text):
    """What KFP's command line calls --disable-type-check does what it does there."""
    text = _FEATURES["minimal"].read_text(encoding="utf-8")
    assert compile_text(text, "--no_type_check").text == compile_text(text).text
