"""The time of a pod from its start to its output, in the file system of the built image."""

import compileall
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from py_compile import PycInvalidationMode

import yaml
from oci_layout import Image

from benchmarks.costs import take_turns
from benchmarks.pods import COMPONENTS, Pod, unpack
from benchmarks.results import Case, Target, Way, explained
from benchmarks.session import Session, runfile
from benchmarks.wheelhouse import serve, wheels

TITLE = "Pod start: from the start of the container to the output"
MINUTES = (4, 1.5)
METHOD = """\
`make_numeric_dataset(n_rows=10)` in the unpacked image, in its own namespaces, as a user that owns
nothing and with a read-only root: no engine, no pull. `ours` is the command in the compiled pipeline.
`baked` is an image that a Dockerfile would build: from the same base, `pip install` of the library
and its requirements as root, from the locked wheels. Everything has bytecode, which pip writes as it
does by default, and so has what pip imports of the standard library. In it, `same command` is that of
`ours`, which has `install_kfp_package=False`; `checks kfp` is what KFP compiles by default, which first
calls pip to check that kfp is there; `component build` is the command and the folder that
`kfp component build` gives an image. `packages_to_install` is KFP's default with the library's name in
that list, in the base image with pip: it installs the same locked wheels from an index on 127.0.0.1, so
no network slows it down. The floors are the time that Python needs to import NumPy and pyarrow, and
KFP's executor with a function that does nothing. If a target is missed, its reason is the fastest of
up to five runs with Python's import profile, which takes a little longer than a run without."""

_OURS, _INSTALLING = "ours", "packages_to_install"
_BAKED, _CHECKING, _BUILT = "baked, same command", "baked, checks kfp", "baked, component build"
_IMPORTS, _EMPTY = "floor: import numpy, pyarrow.parquet", "floor: executor, empty body"
_COMPONENT = "make_numeric_dataset"
_PROFILES = 5
_ARTIFACT = {
    "name": "data_out",
    "type": {"schemaTitle": "system.Dataset", "schemaVersion": "0.0.1"},
    "uri": "/tmp/out/data_out",
}
_OUTPUT_FILE = "/tmp/out/executor_output.json"
_INPUT = {
    "inputs": {"parameterValues": {"n_rows": 10}},
    "outputs": {
        "artifacts": {"data_out": {"artifacts": [_ARTIFACT]}},
        "outputFile": _OUTPUT_FILE,
    },
}
# kfp.dsl.component_factory puts these commands before the command of a component.
_PIP_INSTALL = "python3 -m pip install --quiet --no-warn-script-location"
_THEN = '"$0" "$@"'
# kfp.dsl.component_factory.CONTAINERIZED_PYTHON_COMPONENT_COMMAND
_BUILT_COMMAND = ["python3", "-m", "kfp.dsl.executor_main"]
_NOTHING = """\
from kfp import dsl


def nothing():
    pass
"""


def measure(running: Session) -> tuple[list[Case], list[str]]:
    """Unpack the images, and measure the commands in turns."""
    with serve(wheels(running), running) as index:
        pods = _pods(running, index)
        many = running.rounds(15)
        rounds = dict.fromkeys(pods, many) | {_INSTALLING: 1 if running.quick else 3}
        for name, pod in pods.items():
            if name != _INSTALLING:
                pod.run()
        costs = take_turns({name: pod.run for name, pod in pods.items()}, rounds, running.say)
        ways = [Way(name, values) for name, values in costs.items()]
        case = Case(f"{_COMPONENT}, 10 rows", ways, _targets())
        return [explained(case, lambda target: _reason(pods, target))], []


def _targets() -> list[Target]:
    return [
        Target(_OURS, _IMPORTS, at_most=1.2),
        *(Target(peer, _OURS, at_least=1) for peer in (_BAKED, _CHECKING, _BUILT)),
        Target(_INSTALLING, _OURS, at_least=50),
    ]


def _pods(running: Session, index: str) -> dict[str, Pod]:
    """Return the commands by name; `index` is the address of the package index."""
    return _ours(running) | _baked(running) | {_INSTALLING: _installing(running, index)}


def _ours(running: Session) -> dict[str, Pod]:
    image = Image(runfile("IMAGE"))
    pod = Pod(running, unpack(running, image), _compiled(), image.environment())
    return {
        _OURS: pod,
        _IMPORTS: replace(pod, command=["python3", "-c", "import numpy, pyarrow.parquet"]),
        _EMPTY: replace(pod, command=_empty()),
    }


def _baked(running: Session) -> dict[str, Pod]:
    image = Image(runfile("BASE"))
    running.say("pip install into the base image")
    root = unpack(running, image, _COMPONENT)
    pod = Pod(running, root, _compiled(), image.environment() | _allow_pip())
    check = ["sh", "-c", f"{_check()} && {_THEN}", *_compiled()]
    built = [*_BUILT_COMMAND, *_arguments()]
    return {
        _BAKED: pod,
        _CHECKING: replace(pod, command=check),
        _BUILT: replace(pod, command=built, workdir=COMPONENTS),
    }


def _installing(running: Session, index: str) -> Pod:
    image = Image(runfile("BASE"))
    library = f"{_PIP_INSTALL} 'kfp-component-lib=={os.environ['VERSION']}'"
    command = ["sh", "-c", f"{_check()} && {library} && {_THEN}", *_compiled()]
    environment = image.environment() | _allow_pip() | {"PIP_INDEX_URL": index}
    paths = [environment.get("PYTHONPATH", ""), "/pip"]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    mounts = {"/pip": _unpacked_pip(running)}
    root = unpack(running, image)
    return Pod(running, root, command, environment, mounts=mounts, network=True)


def _check() -> str:
    kfp = f"'kfp=={version('kfp')}' '--no-deps'"
    return f"PIP_DISABLE_PIP_VERSION_CHECK=1 {_PIP_INSTALL} {kfp}"


def _allow_pip() -> dict[str, str]:
    """Return pip's variables: a home folder, and permission to install into Debian's Python."""
    return {"HOME": "/tmp", "PIP_BREAK_SYSTEM_PACKAGES": "1", "PIP_NO_CACHE_DIR": "1"}


def _unpacked_pip(running: Session) -> Path:
    folder = running.folder("pip")
    zipfile.ZipFile(runfile("PIP")).extractall(folder)
    unchecked = PycInvalidationMode.UNCHECKED_HASH
    compileall.compile_dir(folder, quiet=1, invalidation_mode=unchecked)
    folder.chmod(0o755)
    return folder


def _reason(pods: Mapping[str, Pod], target: Target) -> str:
    """Return where the time of both sides of a target goes."""
    sides = []
    for name in (target.over, target.under):
        runs = 1 if name == _INSTALLING else _PROFILES
        sides.append(f"`{name}`, {_fastest(pods[name], runs)}")
    return "; ".join(sides) + "."


def _fastest(pod: Pod, runs: int) -> str:
    profiles = [pod.profile() for _ in range(runs)]
    return min(profiles, key=lambda profile: profile.seconds).sentence


def _container() -> dict[str, list[str]]:
    text = runfile("PIPELINE").read_text(encoding="utf-8")
    executors = next(yaml.safe_load_all(text))["deploymentSpec"]["executors"]
    return executors["exec-make-numeric-dataset"]["container"]


def _compiled() -> list[str]:
    """Return the command of the pipeline's first task."""
    return [*_container()["command"], *_arguments()]


def _arguments() -> list[str]:
    return [a.replace("{{$}}", json.dumps(_INPUT)) for a in _container()["args"]]


def _empty() -> list[str]:
    """Return the same command for a component that does nothing."""
    outputs = {"outputFile": _OUTPUT_FILE}
    *command, _source = _container()["command"]
    arguments = ["--executor_input", json.dumps({"inputs": {}, "outputs": outputs})]
    return [*command, _NOTHING, *arguments, "--function_to_execute", "nothing"]
