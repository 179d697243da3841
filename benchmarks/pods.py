"""Commands in pods of unpacked images: their costs, and how long their imports take."""

import shutil
from collections.abc import Mapping
from configparser import ConfigParser
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import CompletedProcess

from container import Container, as_group_sees
from oci_layout import Image

from benchmarks.costs import Cost, cost_of
from benchmarks.import_profile import ImportProfile, read_profile
from benchmarks.session import Session, remove
from benchmarks.wheelhouse import wheels

# The working directory of the Dockerfile that `kfp component build` writes.
COMPONENTS = "/usr/local/src/kfp/components"


def unpack(running: Session, image: Image, component: str = "") -> Path:
    """Return a new folder with the files of an image, as pods see them.

    Args:
        running: The session.
        image: The image.
        component: If it is given, the library is installed by pip, and the component of this name
            copied, as in an image of `kfp component build`.
    """
    root = running.folder("root")
    image.unpack(root)
    (root / "pip").mkdir()
    if component:
        _install(running, root, image.environment())
        _copy_component(root, component)
    as_group_sees(root)
    return root


def _install(running: Session, root: Path, environment: Mapping[str, str]) -> None:
    """Install pip and the library with its requirements, as root, as `RUN pip install` does.

    /usr can be written to, so that pip compiles what it installs, and Python keeps the bytecode of
    those modules of the standard library that pip imports.
    """
    (pip,) = wheels(running).glob("pip-*.whl")
    container = Container(
        root,
        running.folder("tmp"),
        {**environment, "HOME": "/tmp", "PIP_BREAK_SYSTEM_PACKAGES": "1"},
        uid=0,
        mounts={"/usr": root / "usr", "/wheels": wheels(running)},
        read_only=["/wheels"],
    )
    install = ["install", "--quiet", "--root-user-action=ignore", "--no-cache-dir"]
    install += ["--no-index", "--find-links=/wheels"]
    program = ["python3", f"/wheels/{pip.name}/pip"]
    container.run([*program, *install, "pip", "kfp-component-lib"], check=True)


def _copy_component(root: Path, name: str) -> None:
    """Copy a component's module, and name it where KFP's executor looks for it."""
    (source,) = root.glob(f"usr/local/lib/python3*/*/kfp_component_lib/components/*/{name}.py")
    folder = root / COMPONENTS.lstrip("/")
    folder.mkdir(parents=True)
    shutil.copy(source, folder)
    config = ConfigParser()
    config["Components"] = {name: source.name}
    with (folder / "kfp_config.ini").open("w", encoding="utf-8") as file:
        config.write(file)


@dataclass(frozen=True)
class Pod:
    """A command in a pod: an unpacked image, which it sees read-only, and a new /tmp.

    Attributes:
        session: The session.
        root: The unpacked image.
        command: The command.
        environment: Its environment.
        workdir: The folder in which it starts.
        mounts: Files and folders of this machine by the path at which the command sees them.
        network: Whether it can use this machine's network.
    """

    session: Session
    root: Path
    command: list[str]
    environment: Mapping[str, str]
    workdir: str = "/tmp"
    mounts: Mapping[str, Path] = field(default_factory=dict)
    network: bool = False

    def run(self) -> Cost:
        """Return the cost from the start of the pod to its end."""
        return self._run(self.environment)[0]

    def profile(self) -> ImportProfile:
        """Return how long the imports of the command take."""
        cost, done = self._run({**self.environment, "PYTHONPROFILEIMPORTTIME": "1"})
        return read_profile(cost.value, done.stderr)

    def _run(self, environment: Mapping[str, str]) -> tuple[Cost, CompletedProcess[str]]:
        tmp = self.session.folder("tmp")
        container = Container(
            self.root,
            tmp,
            environment,
            workdir=self.workdir,
            mounts=self.mounts,
            network=self.network,
        )
        done: list[CompletedProcess[str]] = []
        options = {"check": True, "capture_output": True, "text": True}
        cost = cost_of(lambda: done.append(container.run(self.command, **options)))
        remove(tmp)
        return cost, done[0]
