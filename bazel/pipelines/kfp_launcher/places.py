"""The ways to run tasks on this machine: in this program's interpreter, or in their images."""

import concurrent.futures
import json
import os
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

from kfp import local
from kfp.local import subprocess_task_handler

from kfp_launcher.refusals import Check, RefusedError, digest_of, in_image, on_host
from kfp_launcher.steps import without_pip

# Unbuffered, so that the output of a failing task precedes the reason of its failure.
_IN_ORDER = {"PYTHONUNBUFFERED": "1"}
_NETWORK = ("/etc/hosts", "/etc/resolv.conf")


# Folders of this machine that tasks never get, even if a parameter names them.
_SYSTEM = ("/", "/bin", "/dev", "/etc", "/lib", "/opt", "/proc", "/sys", "/tmp", "/usr", "/var")


class Images:
    """The images of this build.

    Attributes:
        digests: Their digests.
        program: The program container_main.
    """

    def __init__(self, program: str, layouts: Sequence[str]):
        """Read the digests of image layouts.

        Args:
            program: The program container_main.
            layouts: Their folders.
        """
        self.program = os.path.abspath(program)
        self._layouts = [os.path.abspath(layout) for layout in layouts]
        self.digests = set(self._read_digests())

    def call(self, command: str, result: Path, digest: str, *flags: str) -> None:
        """Call the program for an image.

        Raises:
            RefusedError: If it fails.
        """
        arguments = [command, str(result), *self._layouts, f"--digest={digest}", *flags]
        done = subprocess.run(
            [self.program, *arguments], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RefusedError(done.stderr.strip().splitlines()[-1])

    def _read_digests(self) -> Iterator[str]:
        for layout in self._layouts:
            for algorithm in Path(layout, "blobs").iterdir():
                yield from (f"{algorithm.name}:{blob.name}" for blob in algorithm.iterdir())


class ProcessPlace(Protocol):
    """A way to run a task's command as a process of this machine.

    Attributes:
        check: The function that refuses tasks which cannot run this way.
        runner: KFP's runner.
        preparation: A description for users of what takes long in `prepare`.
    """

    check: Check
    runner: local.SubprocessRunner
    preparation: str

    def prepare(self, images: Collection[str], seen: Mapping[str, bool], scratch: Path) -> None:
        """Prepare to run tasks.

        Args:
            images: The images of the tasks.
            seen: Files and folders that tasks see, and whether they may write to them.
            scratch: An empty folder, which exists until the run ends.
        """

    def start(
        self, image: str, command: list[str], environment: Mapping[str, str], tmp: Path, log: IO
    ) -> subprocess.Popen:
        """Start a task's command, in a process group of its own.

        Args:
            image: Its image.
            command: The command.
            environment: Variables that the task sets.
            tmp: Empty folder for its temporary files.
            log: The file for its output.
        """


class OnHost:
    """Runs tasks in this program's interpreter, which has kfp and the run_deps.

    Attributes:
        check: The function that refuses tasks which cannot run this way.
        runner: KFP's runner.
        preparation: Empty, since there is nothing to prepare.
    """

    runner = local.SubprocessRunner(use_venv=False)
    preparation = ""

    def __init__(self, label: str):
        """Run the tasks of the target `label`."""
        self.check = on_host(label)

    def prepare(self, images: Collection[str], seen: Mapping[str, bool], scratch: Path) -> None:
        """Do nothing, because nothing has to be prepared."""

    def start(
        self, image: str, command: list[str], environment: Mapping[str, str], tmp: Path, log: IO
    ) -> subprocess.Popen:
        """Start the command without the script that would install packages before it."""
        ours = {
            # The task's interpreter does not inherit the import path of this one.
            "PYTHONPATH": os.pathsep.join(os.path.abspath(path) for path in sys.path if path),
            # A task must not install packages into this interpreter.
            "PIP_REQUIRE_VIRTUALENV": "true",
            "TMPDIR": str(tmp),
            **_IN_ORDER,
        }
        function, _ = without_pip(command)
        return subprocess.Popen(
            subprocess_task_handler.replace_python_executable(function, sys.executable),
            env={**os.environ, **ours, **environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            process_group=0,
        )


class InImage:
    """Runs tasks in their images with Linux namespaces, without a container engine or root.

    A task sees its image, which is read-only, a /tmp of its own, and the files that `prepare` gets.
    It uses this machine's network.

    Attributes:
        check: The function that refuses tasks which cannot run this way.
        runner: KFP's runner.
        preparation: A description for users of what takes long in `prepare`.
    """

    runner = local.SubprocessRunner(use_venv=False)
    preparation = "unpacking the images"

    def __init__(self, label: str, images: Images):
        """Run the tasks of the target `label`.

        Raises:
            RefusedError: If this machine has no namespaces.
        """
        if sys.platform != "linux":
            raise RefusedError(
                f"--in_image must run on Linux, whose namespaces it uses, got {sys.platform}."
            )
        self._images = images
        self.check = in_image(label, images.digests)

    def prepare(self, images: Collection[str], seen: Mapping[str, bool], scratch: Path) -> None:
        """Unpack the images.

        Raises:
            RefusedError: If this machine cannot unpack or run them.
        """
        self._scratch = scratch
        self._seen = dict(seen)
        digests = sorted({digest_of(image) for image in images})
        with concurrent.futures.ThreadPoolExecutor() as pool:
            list(pool.map(self._unpack, digests))

    def start(
        self, image: str, command: list[str], environment: Mapping[str, str], tmp: Path, log: IO
    ) -> subprocess.Popen:
        """Start the command in its image."""
        folder = self._folder(digest_of(image))
        known = json.loads((folder / "image.json").read_text(encoding="utf-8"))
        (tmp / "tmp").mkdir()
        mounts = [*known["mounts"], *filter(os.path.exists, _NETWORK)]
        specification = known | {
            "root": str(folder / "root"),
            "tmp": str(tmp / "tmp"),
            "environment": {**_IN_ORDER, **known["environment"], **environment},
            "mounts": {path: path for path in mounts},
            "read_only": [path for path in mounts if not self._seen.get(path)],
        }
        file = tmp / "specification.json"
        file.write_text(json.dumps(specification), encoding="utf-8")
        return subprocess.Popen(
            [self._images.program, "run", str(file), "--", *command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            process_group=0,
        )

    def _unpack(self, digest: str) -> None:
        flags = [f"--mount={path}" for path in self._seen]
        flags.append(f"--layers={self._scratch / 'layers'}")
        self._images.call("unpack", self._folder(digest), digest, *flags)

    def _folder(self, digest: str) -> Path:
        return self._scratch / digest.replace(":", "-")


class OnEngine:
    """Runs tasks with KFP's DockerRunner on an engine with Docker's API, such as Docker or podman.

    The engine loads the images of this build, and pulls others. Containers are restricted in the
    same way as those of InImage.

    Attributes:
        check: A function that accepts all tasks.
        runner: KFP's runner.
        preparation: What `prepare` does that takes long, as one says it to a user.
    """

    preparation = "loading the images into the engine"

    def __init__(self, label: str, images: Images):
        """Run the tasks of the target `label`.

        Raises:
            RefusedError: If there is no engine, or if the Python package docker is missing.
        """
        try:
            import docker
        except ImportError:
            raise RefusedError(
                f"--docker must find the package docker. Add it to the run_deps of {label}."
            ) from None
        try:
            self._client = docker.from_env()
            self._client.ping()
        except docker.errors.DockerException as error:
            raise RefusedError(
                f"--docker must find an engine, got {error}. Start it, or set DOCKER_HOST."
            ) from None
        self._images, self._ids = images, dict[str, str]()
        self.check = lambda step: iter(())
        # The user who runs this owns the outputs; the group is the one that pods have.
        self.runner = local.DockerRunner(
            cap_drop=["ALL"], read_only=True, tmpfs={"/tmp": ""}, user=f"{os.getuid()}:0"
        )

    def prepare(self, images: Collection[str], seen: Mapping[str, bool], scratch: Path) -> None:
        """Load the images of this build into the engine."""
        self._seen = {path: writes for path, writes in seen.items() if path not in _SYSTEM}
        for digest in sorted({digest_of(image) for image in images} & self._images.digests):
            archive = scratch / "image.tar"
            self._images.call("archive", archive, digest)
            with archive.open("rb") as stream:
                (loaded,) = self._client.images.load(stream)
            archive.unlink()
            self._ids[digest] = loaded.id

    def start_container(
        self, image: str, command: list[str], volumes: Mapping[str, Any], options: Mapping[str, Any]
    ) -> Any:
        """Start a task's container; return it.

        Args:
            image: Its image.
            command: The command.
            volumes: The volumes that KFP mounts.
            options: Further arguments of docker's containers.run().
        """
        modes = {path: "rw" if writes else "ro" for path, writes in self._seen.items()}
        seen = {path: {"bind": path, "mode": mode} for path, mode in modes.items()}
        return self._client.containers.run(
            self._ids.get(digest_of(image), image),
            command,
            detach=True,
            volumes={**seen, **volumes},
            **options,
        )


Place = ProcessPlace | OnEngine
