"""Where tasks run on this machine: in this program's interpreter, or in their images."""

import concurrent.futures
import json
import os
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Protocol

from kfp.local import subprocess_task_handler

from kfp_launcher.refusals import Check, RefusedError, digest_of, in_image, on_host
from kfp_launcher.steps import without_pip

# What a task prints before it fails comes before the reason.
_IN_ORDER = {"PYTHONUNBUFFERED": "1"}
_NETWORK = ("/etc/hosts", "/etc/resolv.conf")


class Place(Protocol):
    """A way to run a task's command.

    Attributes:
        check: What refuses the tasks that it cannot run.
    """

    check: Check

    def prepare(self, images: Collection[str], seen: Mapping[str, bool], scratch: Path) -> None:
        """Get ready.

        Args:
            images: The images of the tasks.
            seen: Files and folders that tasks see, and whether they may write to them.
            scratch: An empty folder, kept until the run ends.
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
            log: Where it prints to.
        """


class OnHost:
    """Runs tasks in this program's interpreter, which has kfp and the run_deps.

    Attributes:
        check: What refuses the tasks that it cannot run.
    """

    def __init__(self, label: str):
        """Run the tasks of the target `label`."""
        self.check = on_host(label)

    def prepare(self, images: Collection[str], seen: Mapping[str, bool], scratch: Path) -> None:
        """Do nothing: all is there."""

    def start(
        self, image: str, command: list[str], environment: Mapping[str, str], tmp: Path, log: IO
    ) -> subprocess.Popen:
        """Start the command without the script that would install packages before it."""
        ours = {
            # The task's interpreter knows nothing of this one's imports.
            "PYTHONPATH": os.pathsep.join(os.path.abspath(path) for path in sys.path if path),
            # Whatever a task calls pip for, this interpreter is not the task's.
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
    """Runs tasks in their images, by Linux namespaces: no engine, no root.

    A task sees its image, which it cannot write to, a /tmp of its own, and what `prepare` is told of.
    It has this machine's network.

    Attributes:
        check: What refuses the tasks that it cannot run.
    """

    def __init__(self, label: str, program: str, layouts: Sequence[str]):
        """Run the tasks of a target.

        Args:
            label: The target.
            program: The program container_main.
            layouts: Folders of image layouts that have the images.

        Raises:
            RefusedError: If this machine has no namespaces.
        """
        if sys.platform != "linux":
            raise RefusedError(
                f"--in_image must run on Linux, whose namespaces it uses, got {sys.platform}."
            )
        self._layouts = [os.path.abspath(layout) for layout in layouts]
        self._program = os.path.abspath(program)
        self.check = in_image(label, set(_digests(self._layouts)))

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
            [self._program, "run", str(file), "--", *command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            process_group=0,
        )

    def _unpack(self, digest: str) -> None:
        mounts = [f"--mount={path}" for path in self._seen]
        command = [self._program, "unpack", str(self._folder(digest)), *self._layouts]
        done = subprocess.run(
            [*command, f"--digest={digest}", *mounts], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RefusedError(f"--in_image: {done.stderr.strip().splitlines()[-1]}")

    def _folder(self, digest: str) -> Path:
        return self._scratch / digest.replace(":", "-")


def _digests(layouts: Sequence[str]) -> Iterator[str]:
    """Yield the digests of all that lies in image layouts."""
    for layout in layouts:
        for algorithm in Path(layout, "blobs").iterdir():
            yield from (f"{algorithm.name}:{blob.name}" for blob in algorithm.iterdir())
