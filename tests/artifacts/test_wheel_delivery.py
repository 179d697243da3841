"""Tests of a component that installs the wheel, as with `--//pipelines:delivery=wheel`."""

import os
import sys
from pathlib import Path

import pytest
from kfp import dsl, local

VERSION = os.environ["VERSION"]


@dsl.component(
    base_image="python:3.13",
    packages_to_install=[f"kfp-component-lib=={VERSION}"],
    install_kfp_package=False,
)
def describe_library() -> str:
    """Return the library's version and file."""
    import kfp_component_lib

    return f"{kfp_component_lib.VERSION} {kfp_component_lib.__file__}"


@pytest.fixture
def only_the_wheel(monkeypatch: pytest.MonkeyPatch):
    """Let pip find only the built wheel; the requirements of the wheel are on PYTHONPATH."""
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_NO_DEPS", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(Path(os.environ["WHEEL_DIST"]).absolute()))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))


def test_the_runner_installs_the_built_wheel(only_the_wheel, tmp_path: Path):
    """The component imports the library from the virtual environment that KFP's runner makes."""
    local.init(local.SubprocessRunner(use_venv=True), pipeline_root=str(tmp_path))
    version, file = describe_library().output.split()
    assert version == VERSION
    assert file.endswith("/site-packages/kfp_component_lib/__init__.py")
