"""What a cluster takes beside the API: manifests, and pipelines that a server loads at its start."""

import json
import os
import tarfile
from pathlib import Path

import pytest
import yaml
from kfp_launcher.definitions import Definition, read_definition
from kfp_launcher.manifests import ObjectNameError, objects

_FOLDER = Path(os.environ["MINIMAL"]).parent
_VERSION = os.environ["VERSION"]


def _objects(name):
    text = (_FOLDER / name).read_text(encoding="utf-8")
    return list(yaml.safe_load_all(text))


def _definition(name):
    return read_definition(str(_FOLDER / name))


def test_manifest_holds_pipeline_and_version():
    """The version is called after module and content, as NAME.upload calls it."""
    pipeline, version = _objects("minimal.manifest.yaml")
    definition = _definition("minimal.yaml")
    name = f"{_VERSION}-{definition.digest}"
    assert {made["apiVersion"] for made in (pipeline, version)} == {
        "pipelines.kubeflow.org/v2beta1"
    }
    assert (pipeline["kind"], pipeline["metadata"]) == ("Pipeline", {"name": "minimal"})
    assert (version["kind"], version["metadata"]) == (
        "PipelineVersion",
        {"name": f"minimal-{name}"},
    )
    assert version["spec"]["pipelineName"] == "minimal"
    assert (version["spec"]["versionName"], version["spec"]["displayName"]) == (name, name)
    assert version["spec"]["pipelineSpec"] == definition.pipeline
    assert "platformSpec" not in version["spec"]


def test_release_has_no_digest():
    """With --config=release a version is called after the module alone."""
    _, version = _objects("released.yaml")
    assert version["metadata"] == {"name": f"minimal-{_VERSION}"}


def test_manifest_holds_what_a_pipeline_asks_of_kubernetes():
    """The second document of a definition is in the same object."""
    _, version = _objects("platform.manifest.yaml")
    assert version["spec"]["platformSpec"] == _definition("platform.yaml").platforms != {}


def test_kustomization_names_every_manifest():
    """`kubectl apply -k` takes the folder as it is, without links out of it."""
    folder = _FOLDER / "manifests"
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text(encoding="utf-8"))
    names = ["minimal.manifest.yaml", "platform.manifest.yaml"]
    assert kustomization["kind"] == "Kustomization"
    assert kustomization["resources"] == names
    assert sorted(path.name for path in folder.iterdir()) == ["kustomization.yaml", *names]
    for name in names:
        assert (folder / name).read_text(encoding="utf-8") == (_FOLDER / name).read_text(
            encoding="utf-8"
        )


def test_managed_image_holds_what_its_config_names():
    """Each file lies where the config says, and the version names its content."""
    with tarfile.open(_FOLDER / "managed.tar") as layer:
        files = {member.name: layer.extractfile(member).read() for member in layer}
    config = json.loads(files.pop("sample_config.json"))
    assert config["loadSamplesOnRestart"] is True
    assert {entry["file"] for entry in config["pipelines"]} == {f"/pipelines/{n}" for n in files}
    for entry in config["pipelines"]:
        name = Path(entry["file"]).name
        assert files[name] == (_FOLDER / name).read_bytes()
        assert entry["versionName"] == f"{_VERSION}-{_definition(name).digest}"
        assert entry["name"] == _definition(name).name


@pytest.mark.parametrize(
    ("pipeline", "version", "message"),
    [
        ("My pipeline", "1.0", r"^pipeline\.name must .*, got 'My pipeline'\. Say @dsl\.pipeline"),
        ("mine", "1.0+local", r"^version must .*, got '1\.0\+local'\. Give MODULE\.bazel"),
        ("m" * 200, "1" * 60, r"^pipeline and version must have at most 253 .*Choose shorter"),
    ],
)
def test_name_that_kubernetes_refuses(pipeline, version, message):
    """It is said when the manifest is built, not by the cluster."""
    definition = Definition({"pipelineInfo": {"name": pipeline}}, {})
    with pytest.raises(ObjectNameError, match=message):
        objects(definition, version)
