"""The compiled pipeline names the images that were built together with it."""

import importlib.util
import json

import pytest
import yaml
from kfp import compiler

_OURS, _OTHER = "registry:5000/ours:1.0", "registry:5000/other:1.0"
_HEAD = "from kfp import dsl\n"
_COMPONENT = """
@dsl.component(base_image="{image}", install_kfp_package=False)
def {name}():
    print("{name}")
"""
_PIPELINE = """
@dsl.pipeline(name="it")
def it():
    {calls}
"""


def _source(*images: str, calls: str = "") -> str:
    names = [f"part{n}" for n, _ in enumerate(images)]
    parts = [_COMPONENT.format(image=i, name=n) for i, n in zip(images, names, strict=True)]
    calls = calls or "; ".join(f"{name}()" for name in names)
    return _HEAD + "".join(parts) + _PIPELINE.format(calls=calls)


def _images(text: str) -> list[str]:
    executors = yaml.safe_load(text)["deploymentSpec"]["executors"]
    return [executor["container"]["image"] for executor in executors.values()]


@pytest.fixture
def image(tmp_path):
    """Return the flag for an image with its own digest."""

    def _image(
        placeholder: str, reference: str, label: str = "//image:image", **components: str
    ) -> str:
        digest = tmp_path / f"{label.replace('/', '_')}.digest"
        digest.write_text(f"sha256:{len(label):064}\n", encoding="utf-8")
        digests = digest.with_suffix(".json")
        digests.write_text(json.dumps(components), encoding="utf-8")
        flag = {
            "label": label,
            "placeholder": placeholder,
            "reference": reference,
            "digest_file": str(digest),
            "digests_file": str(digests) if components else "",
        }
        return f"--image={json.dumps(flag)}"

    return _image


def _wheel(**options: object) -> str:
    flag = {
        "label": "//image:image",
        "placeholder": _OURS,
        "base_image": "python:3.13",
        "requirement": "ours==1.0",
        "pip_index_urls": [],
        "pip_trusted_hosts": [],
    }
    return f"--wheel={json.dumps(flag | options)}"


def test_only_the_placeholder_is_replaced(compile_text, image):
    """Other images are unchanged, even those in the same repository."""
    source = _source(_OURS, "alpine:3.20", "registry:5000/ours:2.0")
    images = _images(compile_text(source, image(_OURS, "elsewhere/ours:1.0")).text)
    pinned = f"elsewhere/ours:1.0@sha256:{13:064}"
    assert images == [pinned, "alpine:3.20", "registry:5000/ours:2.0"]


def test_nothing_else_changes(compile_text, image):
    """Except for the image, the output equals that without injection."""
    plain = compile_text(_source(_OURS)).text
    injected = compile_text(_source(_OURS), image(_OURS, _OURS)).text
    assert injected == plain.replace(_OURS, f"{_OURS}@sha256:{13:064}")


def test_each_image_has_its_own_reference(compile_text, image):
    """A build may have several images."""
    compiled = compile_text(
        _source(_OURS, _OTHER), image(_OURS, "x/a:1"), image(_OTHER, "x/b:2", "//other:image")
    )
    assert [i.partition("@")[0] for i in _images(compiled.text)] == ["x/a:1", "x/b:2"]


def test_a_component_has_its_own_image(compile_text, image):
    """The image is found by the name of the component's function, in any order."""
    own = {f"part{n}": f"sha256:{n:064}" for n in (1, 0)}
    compiled = compile_text(_source(_OURS, _OURS), image(_OURS, "x/a:1", **own))
    assert _images(compiled.text) == [f"x/a:1@sha256:{n:064}" for n in (0, 1)]


def test_a_component_without_an_image(compile_text, image):
    """The message says what to add to which target."""
    compiled = compile_text(_source(_OURS), image(_OURS, "x/a:1", another="sha256:0"))
    assert compiled.status == 1
    assert (
        "components of //image:image must have an image for each component that names "
        "'registry:5000/ours:1.0', got none for 'part0'. Add to them \"part0\": and the label of "
        "the library that it imports."
    ) in compiled.message


def test_an_image_that_no_component_uses(compile_text, image):
    """A pipeline that is delivered with an image must use it."""
    compiled = compile_text(_source("alpine:3.20"), image(_OURS, "x/a:1"))
    assert compiled.status == 1
    assert (
        "base_image of at least one component must be 'registry:5000/ours:1.0', which is to "
        "become //image:image, but no component has it. Use it or drop the image."
    ) in compiled.message


def test_a_placeholder_that_is_left(compile_text, image):
    """A placeholder must not be left by mistake, and a longer name is not a placeholder."""
    source = _source(_OURS, calls=f'part0().set_env_variable("IMAGE", "{_OURS}")')
    compiled = compile_text(source, image(_OURS, "x/a:1"))
    assert compiled.status == 1
    assert (
        "'registry:5000/ours:1.0' must only be a component's base_image, got the line "
        "'value: registry:5000/ours:1.0' in the output, where //image:image cannot replace it."
    ) in compiled.message


def test_normal_form_names_no_digest_and_no_release(compile_text, tmp_path):
    """A golden file names the image by its label, and the SDK without its version."""
    flag = {
        "label": "//i:i",
        "placeholder": _OURS,
        "reference": "//i:i",
        "digest_file": "",
        "digests_file": "",
    }
    text = compile_text(_source(_OURS), "--normal", f"--image={json.dumps(flag)}").text
    assert _images(text) == ["//i:i"]
    assert "sdkVersion: kfp\n" in text


def test_a_wheel_stands_in_for_the_image(compile_text, tmp_path):
    """The output equals KFP's for a component that was written for the wheel."""
    options = {"pip_index_urls": ["https://index/simple"], "pip_trusted_hosts": ["index"]}
    compiled = compile_text(_source(_OURS, "alpine:3.20"), _wheel(**options))
    written = _source("python:3.13", "alpine:3.20").replace(
        "install_kfp_package=False",
        "install_kfp_package=False, packages_to_install=['ours==1.0'], "
        "pip_index_urls=['https://index/simple'], pip_trusted_hosts=['index']",
        1,
    )
    assert compiled.text == _by_sdk(written, tmp_path)


def _by_sdk(text: str, folder) -> str:
    source = folder / "written.py"
    source.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("written", source)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    compiler.Compiler().compile(module.it, str(folder / "written.yaml"))
    return (folder / "written.yaml").read_text(encoding="utf-8")


def test_a_wheel_is_added_to_other_packages(compile_text):
    """The component's own packages_to_install are kept."""
    source = _source(_OURS).replace("=False", "=False, packages_to_install=['six==1.16.0']")
    compiled = yaml.safe_load(compile_text(source, _wheel()).text)
    command = compiled["deploymentSpec"]["executors"]["exec-part0"]["container"]["command"]
    assert "'six==1.16.0' 'ours==1.0'" in " ".join(command)


def test_a_container_component_cannot_take_a_wheel(compile_text):
    """A container component has no Python to install the wheel for."""
    source = _source(_OURS) + (
        "\n@dsl.container_component\n"
        f"def box():\n    return dsl.ContainerSpec(image={_OURS!r})\n"
        '\n@dsl.pipeline(name="both")\ndef both():\n    part0()\n    box()\n'
    )
    compiled = compile_text(source, "--function=both", _wheel())
    assert compiled.status == 1
    assert "must only be a component's base_image, got the line" in compiled.message


def test_a_wheel_that_no_component_installs(compile_text):
    """As with images, a wheel that no component uses is an error."""
    compiled = compile_text(_source("alpine:3.20"), _wheel())
    assert compiled.status == 1
    assert "which ours==1.0 replaces, but no component has it." in compiled.message
