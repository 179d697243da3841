"""The output of the compile tool equals that of the SDK, byte for byte except for what `comparison` names."""

import importlib.util
import inspect
import json
import os
import re
import shutil
import warnings
from pathlib import Path

import kfp
import pytest
from comparison import comparable
from kfp import compiler, dsl, kubernetes
from kfp.compiler.compiler_utils import KubernetesManifestOptions

pytestmark = pytest.mark.filterwarnings("ignore:The default base_image:FutureWarning")

_FEATURES = Path(os.environ["FEATURES"]).parent

_VERSION = tuple(map(int, kfp.__version__.split(".")[:2]))
_MANIFEST = {"namespace": "kubeflow", "include_pipeline_manifest": True}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The sources as regular files, whereas Bazel gives links to tests."""
    return shutil.copytree(_FEATURES, tmp_path_factory.mktemp("features"), dirs_exist_ok=True)


@pytest.fixture
def by_sdk(files, tmp_path):
    """Compile a feature by the public interface of the SDK, which is imported completely."""

    def _by_sdk(feature, form: str = "yaml", **options: object) -> str:
        spec = importlib.util.spec_from_file_location(feature.name, files / feature.file.name)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        out = tmp_path / f"sdk.{form}"
        with warnings.catch_warnings(category=DeprecationWarning, action="ignore"):
            compiler.Compiler().compile(vars(module)[feature.name], str(out), **options)
        return out.read_text(encoding="utf-8")

    return _by_sdk


def test_there_are_features(features):
    """The table is not empty by mistake."""
    expected = {"conditions", "embedded_files", "kubernetes_platform", "single_component"}
    assert expected <= features.keys()


# Deprecated in favour of an option that is in a feature, or about where the SDK writes.
_LEFT_OUT = {"add_node_selector_constraint", "func", "output_component_file", "set_gpu_limit"}


def _offered() -> set[str]:
    """Return the names of the options that the installed SDK offers."""
    asking = [dsl.component, dsl.importer, dsl.notebook_component, dsl.PipelineConfig]
    names = {name for function in asking for name in inspect.signature(function).parameters}
    setters = [name for name in vars(dsl.PipelineTask) if name.startswith(("add_", "set_"))]
    return names.union(setters, kubernetes.__all__) - _LEFT_OUT


def test_every_feature_is_there(features):
    """A new SDK may have more features, which must then be compared as well."""
    text = "\n".join(feature.file.read_text(encoding="utf-8") for feature in features.values())
    assert [name for name in sorted(_offered()) if not re.search(rf"\b{name}\b", text)] == []


def test_yaml_is_the_sdks(compile_feature, tool, by_sdk, feature):
    """Every feature of the DSL that the SDK supports is compared."""
    compiled = compile_feature(feature, tool)
    if feature.since > _VERSION:
        assert compiled.status == 1
        assert re.search(rf"This is kfp(\.kubernetes)? {kfp.__version__}\.", compiled.message)
    else:
        assert comparable(compiled.text) == comparable(by_sdk(feature))


@pytest.mark.parametrize("name", ["minimal", "loops", "unicode_text", "single_component"])
def test_json_is_the_sdks(compile_feature, tool, by_sdk, features, name):
    """The extension of the output selects JSON."""
    feature = features[name]
    assert compile_feature(feature, tool, form="json").text == by_sdk(feature, form="json")


@pytest.mark.parametrize("name", ["minimal", "kubernetes_platform", "unicode_text"])
def test_manifest_is_the_sdks(compile_feature, tool, by_sdk, features, name):
    """The output is a manifest for Kubernetes, including platform specs."""
    feature = features[name]
    compiled = compile_feature(feature, tool, f"--manifest={json.dumps(_MANIFEST)}")
    assert compiled.text == by_sdk(
        feature,
        kubernetes_manifest_format=True,
        kubernetes_manifest_options=KubernetesManifestOptions(**_MANIFEST),
    )


def test_parameters_are_the_sdks(compile_feature, tool, by_sdk, features):
    """The values of parameters become the defaults."""
    feature = features["minimal"]
    compiled = compile_feature(feature, tool, '--parameters={"a":7}')
    expected = by_sdk(feature, pipeline_parameters={"a": 7})
    assert "Default: 7" in expected
    assert compiled.text == expected


def test_caching_can_be_off_for_all_tasks(compile_feature, tool, features):
    """Caching can be turned off, as by --disable-execution-caching-by-default of KFP."""
    feature = features["minimal"]
    assert "enableCache: true" in compile_feature(feature, tool).text
    assert "enableCache: true" not in compile_feature(feature, tool, "--no_caching").text


def test_type_check_can_be_off(compile_feature, tool, features):
    """The type check can be turned off, as by --disable-type-check of KFP."""
    feature = features["minimal"]
    unchecked = compile_feature(feature, tool, "--no_type_check").text
    assert unchecked == compile_feature(feature, tool).text
