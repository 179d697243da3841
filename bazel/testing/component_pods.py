"""Runs the commands of compiled components in their images as a cluster would, one after the other.

The user is not defined in the image and belongs to group 0. Except for /tmp the root file system is
read-only, and there is no network. Each layer of the images is unpacked only once.
"""

import dataclasses
import functools
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from container import Container, as_group_sees
from oci_layout import find_image

Json = dict[str, Any]

SITE = "opt/site-packages"
_NOBODY = 12345
_REFERENCE = re.compile(r"\{(\w+)\.(\w+)\}")
# With it Python writes a line to stderr for each imported module, which ends in `| NAME`.
_TRACE = {"PYTHONPROFILEIMPORTTIME": "1"}
_TRACED = "import time:"


@dataclasses.dataclass(frozen=True)
class Component:
    """A component of a compiled definition.

    Attributes:
        name: Name of its function.
        interface: Its specification, with `inputDefinitions` and `outputDefinitions`.
        container: The image, command and args of its pod.
    """

    name: str
    interface: Json
    container: Json

    def declares(self, side: str, kind: str) -> dict[str, Json]:
        """Return the artifacts or parameters, by name, that are its inputs or outputs."""
        return dict(self.interface.get(f"{side}Definitions", {}).get(kind, {}))


def components(definitions: list[Path]) -> dict[str, Component]:
    """Return the components with a Python function in definitions, by the function's name."""
    found: dict[str, Component] = {}
    for path in definitions:
        spec = next(yaml.safe_load_all(path.read_text(encoding="utf-8")))
        executors = spec["deploymentSpec"]["executors"]
        for interface in _leaves(spec):
            container = executors[interface["executorLabel"]].get("container", {})
            if "--function_to_execute" in (args := container.get("args", [])):
                name = args[args.index("--function_to_execute") + 1]
                found.setdefault(name, Component(name, interface, container))
    return found


def _leaves(spec: Json) -> Iterator[Json]:
    """Yield the components with an executor, also those of inner pipelines."""
    return (each for each in spec.get("components", {}).values() if "executorLabel" in each)


@dataclasses.dataclass(frozen=True)
class Done:
    """A command that has ended.

    Attributes:
        status: Its exit status.
        log: Its output.
        imported: The names of the modules that it imported.
        artifacts: Its description of each output artifact, with the path on this machine as `path`.
        parameters: The value of each output parameter.
    """

    status: int
    log: str
    imported: frozenset[str]
    artifacts: dict[str, Json]
    parameters: Json


class Pods:
    """The pods of components, each in its own image.

    Attributes:
        components: The components, by the names of their functions.
    """

    def __init__(
        self,
        definitions: list[Path],
        layouts: list[Path],
        runs: Mapping[str, list[Json]],
        scratch: Path,
    ):
        """Run the components of definitions in the images of layouts.

        Args:
            definitions: Compiled pipelines and components.
            layouts: The images.
            runs: The inputs of the runs of each component, as kfp_image_test documents them.
            scratch: Folder for the unpacked images and the outputs.
        """
        self.components = components(definitions)
        self._layouts, self._runs, self._scratch = layouts, runs, scratch
        self.root = functools.cache(self._unpack)
        self.run = functools.cache(self._run_number)

    def _unpack(self, name: str) -> Path:
        """Return the folder with the files of a component's image."""
        image = self._image(name)
        root = self._scratch / "images" / name
        image.unpack(root, self._scratch / "layers")
        as_group_sees(root)
        return root

    def _image(self, name: str):
        reference = self.components[name].container["image"]
        return find_image(self._layouts, reference.partition("@")[2])

    def all_runs(self, name: str) -> list[Done]:
        """Run a component with the inputs of each of its runs that has not been done yet."""
        return [self.run(name, number) for number, _ in enumerate(self._runs[name])]

    def _run_number(self, name: str, number: int) -> Done:
        """Run a component with the inputs of one of its runs.

        Raises:
            LookupError: If there is no such component, or no run whose output it needs.
        """
        if name not in self.components:
            known = ", ".join(sorted(self.components))
            raise LookupError(f"runs must name components of the definitions, {known}; got {name}.")
        tmp = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self._scratch))
        given = self._executor_input(self.components[name], self._runs[name][number], tmp)
        return self._run(self.components[name], given, tmp)

    def _run(self, component: Component, given: Json, tmp: Path) -> Done:
        image, container = self._image(component.name), component.container
        text = json.dumps(given)
        command = container["command"] + [a.replace("{{$}}", text) for a in container["args"]]
        pod = Container(self.root(component.name), tmp, image.environment() | _TRACE, _NOBODY)
        ended = pod.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return Done(ended.returncode, *_log_and_imports(ended.stdout), *_outputs(tmp))

    def _executor_input(self, component: Component, values: Json, tmp: Path) -> Json:
        """Return the input that KFP's driver passes to the component."""
        artifacts = component.declares("input", "artifacts")
        parameters = component.declares("input", "parameters")
        if unknown := values.keys() - artifacts.keys() - parameters.keys():
            raise LookupError(
                f"runs of {component.name} must name its inputs, got {sorted(unknown)}. It has "
                f"{sorted({*artifacts, *parameters})}."
            )
        defaults = {
            k: _as_sent(p["defaultValue"]) for k, p in parameters.items() if "defaultValue" in p
        }
        stated = {k: self._value(values[k]) for k in values if k in parameters}
        inputs = {
            k: {"artifacts": [self._artifact(one, k, n, artifacts[k], tmp) for n, one in each]}
            for k, each in ((k, enumerate(_listed(values[k]))) for k in values if k in artifacts)
        }
        return {
            "inputs": {"parameterValues": defaults | stated, "artifacts": inputs},
            "outputs": _wanted(component),
        }

    def _value(self, value: Any) -> Any:
        if isinstance(value, str) and (found := _REFERENCE.fullmatch(value)):
            return self._output_of(found[1]).parameters[found[2]]
        return value

    def _artifact(self, value: str, name: str, number: int, declared: Json, tmp: Path) -> Json:
        """Put an artifact where the pod sees it; return KFP's description of it."""
        metadata, source = {}, Path(value)
        if found := _REFERENCE.fullmatch(value):
            stated = self._output_of(found[1]).artifacts[found[2]]
            metadata, source = stated["metadata"], stated["path"]
        target = tmp / "inputs" / f"{name}-{number}" / source.name
        target.parent.mkdir(parents=True)
        (shutil.copytree if source.is_dir() else shutil.copyfile)(source, target)
        return _described(name, declared["artifactType"], target.relative_to(tmp), metadata)

    def _output_of(self, name: str) -> Done:
        done = self.run(name, 0)
        if done.status:
            raise LookupError(f"runs that take outputs of {name} must find it succeed:\n{done.log}")
        return done

    def run_without(self, name: str, module: str) -> Done:
        """Run a component with its first inputs and with one file missing in its image."""
        path = self.root(name) / SITE / module
        mode = path.parent.stat().st_mode
        path.parent.chmod(0o755)
        kept = path.rename(self._scratch / "removed")
        try:
            return self._run_number(name, 0)
        finally:
            kept.rename(path)
            path.parent.chmod(mode)


def _log_and_imports(text: str) -> tuple[str, frozenset[str]]:
    lines = text.splitlines(keepends=True)
    log = "".join(line for line in lines if not line.startswith(_TRACED))
    traced = (line.rpartition("|")[2].strip() for line in lines if line.startswith(_TRACED))
    return log, frozenset(traced)


def _as_sent(value: Any) -> Any:
    """Return a value as KFP's driver writes it: protobuf has only doubles, and prints 5 for 5.0."""
    if isinstance(value, dict):
        return {key: _as_sent(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_as_sent(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def _described(name: str, kind: Json, path: Path, metadata: Json) -> Json:
    return {"name": name, "type": kind, "uri": f"/tmp/{path}", "metadata": metadata}


def _wanted(component: Component) -> Json:
    artifacts = component.declares("output", "artifacts")
    parameters = component.declares("output", "parameters")
    return {
        "artifacts": {
            k: {"artifacts": [_described(k, a["artifactType"], Path("outputs", k), {})]}
            for k, a in artifacts.items()
        },
        "parameters": {k: {"outputFile": f"/tmp/outputs/parameters/{k}"} for k in parameters},
        "outputFile": "/tmp/outputs/executor_output.json",
    }


def _outputs(tmp: Path) -> tuple[dict[str, Json], Json]:
    file = tmp / "outputs" / "executor_output.json"
    stated = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    artifacts = {
        name: listed["artifacts"][0] | {"path": tmp / "outputs" / name}
        for name, listed in stated.get("artifacts", {}).items()
    }
    return artifacts, stated.get("parameterValues", {})
