"""The tests of kfp_image_test."""

import json
import os
import sys
from pathlib import Path

import pytest
from component_pods import Pods

if sys.platform != "linux":
    pytest.skip(
        "pods need the namespaces of Linux: NOTHING was tested here", allow_module_level=True
    )

_RUNS: dict[str, list[dict]] = json.loads(os.environ["RUNS"])
_MODULES: dict[str, list[str]] = json.loads(Path(os.environ["MODULES"]).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def pods(tmp_path_factory) -> Pods:
    """All pods of this process, since images share most of their layers."""
    definitions = [Path(path) for path in os.environ["DEFINITIONS"].split()]
    layout = Path(os.environ["IMAGE"])
    return Pods(definitions, [layout], _RUNS, tmp_path_factory.mktemp("pods"))


def test_every_component_has_a_run():
    """Every component has inputs, and every name with inputs is a component."""
    missing, unknown = sorted(_MODULES.keys() - _RUNS), sorted(_RUNS.keys() - _MODULES)
    assert not missing, f"kfp_image_test.runs must have inputs for {missing}. Add them."
    assert not unknown, f"kfp_image_test.runs must name components, got {unknown}. Remove them."


@pytest.mark.parametrize("name", _RUNS)
def test_a_component_runs_in_its_image(pods: Pods, name: str):
    """The component's compiled command succeeds with each of its inputs."""
    for done in pods.all_runs(name):
        assert done.status == 0, done.log


@pytest.mark.parametrize("name", _RUNS)
def test_a_component_imports_every_module_of_its_image(pods: Pods, name: str):
    """The image has no unused module, which would change its digest and rerun its tasks."""
    imported = frozenset().union(*(done.imported for done in pods.all_runs(name)))
    idle = sorted(path for path in _modules(name) if _dotted(path) not in imported)
    assert not idle, (
        f"the library of {name} must provide only what its runs import, got {idle}. Remove them "
        "from the deps that provide them, or add to kfp_image_test.runs one that imports them."
    )


@pytest.mark.parametrize("name", _RUNS)
def test_a_component_fails_without_its_library(pods: Pods, name: str):
    """A component fails without a module of its image, so it imports the module from there."""
    module = _modules(name)[-1]
    done = pods.run_without(name, module)
    assert done.status != 0, f"{name} must import {module} from its image, but succeeds without it."


def _modules(name: str) -> list[str]:
    """Return the paths of the modules in a component's image, its library's own modules last."""
    return [path for path in _MODULES[name] if path.endswith(".py")]


def _dotted(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
