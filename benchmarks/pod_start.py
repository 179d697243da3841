"""The time of a pod from its start to its output, in the file system of the built image."""

import compileall
import functools
import json
import os
import zipfile
from importlib.metadata import version
from pathlib import Path
from py_compile import PycInvalidationMode

import yaml
from container import Container, as_group_sees
from oci_layout import Image

from benchmarks.costs import Cost, cost_of, take_turns
from benchmarks.results import Case, Target, Way
from benchmarks.session import Session, remove, runfile
from benchmarks.wheelhouse import serve, wheels

TITLE = "Pod start: from the start of the container to the output"
MINUTES = (2.5, 0.5)
METHOD = """\
`make_numeric_dataset(n_rows=10)` in the unpacked image, in its own namespaces, as a user that owns
nothing and with a read-only root: no engine, no pull. `ours` is the command in the compiled pipeline.
`default` is the command that KFP compiles without `install_kfp_package=False`, if everything that it
checks for is already installed (pip is mounted, since the image has none). `packages_to_install` is
KFP's default with the library's name in that list, in the base image with pip: it installs the same
locked wheels from an index on 127.0.0.1, so no network slows it down. The floors are the time that
Python needs to import NumPy and pyarrow, and KFP's executor with a function that does nothing."""

_OURS, _DEFAULT, _INSTALLING = "ours", "default", "packages_to_install"
_IMPORTS, _EMPTY = "floor: import numpy, pyarrow.parquet", "floor: executor, empty body"
_IF_DEFAULT_IS_FAST = (
    "the default command runs in the same image, and benefits from its compiled modules as well."
)
_IF_ABOVE_FLOOR = "KFP's executor is added to the imports; its own floor shows its cost."
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
_NOTHING = """\
from kfp import dsl


def nothing():
    pass
"""


def measure(running: Session) -> tuple[list[Case], list[str]]:
    """Unpack the images, and measure the commands in turns."""
    ours = _Rootfs(running, Image(runfile("IMAGE")))
    generic = _Rootfs(running, Image(runfile("BASE")))
    pip = _unpacked_pip(running)
    command = _compiled(_INPUT)
    check = f"PIP_DISABLE_PIP_VERSION_CHECK=1 {_PIP_INSTALL} 'kfp=={version('kfp')}' '--no-deps'"
    library = f"{_PIP_INSTALL} 'kfp-component-lib=={os.environ['VERSION']}'"
    with serve(wheels(running), running) as index:
        with_pip = functools.partial(ours.run, pip=pip)
        installing = functools.partial(generic.run, pip=pip, index=index)
        everything = ["sh", "-c", f"{check} && {library} && {_THEN}", *command]
        ways = {
            _OURS: lambda: ours.run(command),
            _DEFAULT: lambda: with_pip(["sh", "-c", f"{check} && {_THEN}", *command]),
            _IMPORTS: lambda: ours.run(["python3", "-c", "import numpy, pyarrow.parquet"]),
            _EMPTY: lambda: ours.run(_empty()),
            _INSTALLING: lambda: installing(everything),
        }
        many = running.rounds(15)
        rounds = dict.fromkeys(ways, many) | {_INSTALLING: 1 if running.quick else 3}
        for way in (_OURS, _DEFAULT, _EMPTY):
            ways[way]()
        costs = take_turns(ways, rounds, running.say)
    targets = [
        Target(_DEFAULT, _OURS, at_least=4, if_missed=_IF_DEFAULT_IS_FAST),
        Target(_INSTALLING, _OURS, at_least=50),
        Target(_OURS, _IMPORTS, at_most=1.3, if_missed=_IF_ABOVE_FLOOR),
    ]
    found = [Way(name, values) for name, values in costs.items()]
    return [Case("make_numeric_dataset, 10 rows", found, targets)], []


class _Rootfs:
    """An unpacked image; each pod gets a new /tmp."""

    def __init__(self, running: Session, image: Image):
        """Unpack the image."""
        self._session = running
        self._root = running.folder("root")
        image.unpack(self._root)
        (self._root / "pip").mkdir()
        as_group_sees(self._root)
        self._environment = image.environment()

    def run(self, command: list[str], pip: Path | None = None, index: str = "") -> Cost:
        """Run a command in a pod and return its cost.

        Args:
            command: The command.
            pip: Folder with pip, which is mounted.
            index: Package index for pip; the pod then has a network.
        """
        tmp = self._session.folder("tmp")
        environment = dict(self._environment)
        if pip:
            environment |= _environment_of_pip(environment.get("PYTHONPATH", ""), index)
        container = Container(
            self._root,
            tmp,
            environment,
            mounts={"/pip": pip} if pip else {},
            network=bool(index),
        )
        cost = cost_of(lambda: container.run(command, check=True, capture_output=True))
        remove(tmp)
        return cost


def _environment_of_pip(path: str, index: str) -> dict[str, str]:
    """Return pip's variables: a home folder, and permission to install into Debian's Python."""
    given = {"HOME": "/tmp", "PIP_BREAK_SYSTEM_PACKAGES": "1", "PIP_NO_CACHE_DIR": "1"}
    given["PYTHONPATH"] = os.pathsep.join(filter(None, [path, "/pip"]))
    return given | ({"PIP_INDEX_URL": index} if index else {})


def _unpacked_pip(running: Session) -> Path:
    folder = running.folder("pip")
    zipfile.ZipFile(runfile("PIP")).extractall(folder)
    unchecked = PycInvalidationMode.UNCHECKED_HASH
    compileall.compile_dir(folder, quiet=1, invalidation_mode=unchecked)
    folder.chmod(0o755)
    return folder


def _container() -> dict[str, list[str]]:
    text = runfile("PIPELINE").read_text(encoding="utf-8")
    executors = next(yaml.safe_load_all(text))["deploymentSpec"]["executors"]
    return executors["exec-make-numeric-dataset"]["container"]


def _compiled(given: dict) -> list[str]:
    """Return the command of the pipeline's first task."""
    container = _container()
    return container["command"] + [a.replace("{{$}}", json.dumps(given)) for a in container["args"]]


def _empty() -> list[str]:
    """Return the same command for a component that does nothing."""
    outputs = {"outputFile": _OUTPUT_FILE}
    *command, _source = _container()["command"]
    arguments = ["--executor_input", json.dumps({"inputs": {}, "outputs": outputs})]
    return [*command, _NOTHING, *arguments, "--function_to_execute", "nothing"]
