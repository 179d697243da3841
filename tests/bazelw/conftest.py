"""A simulated machine: the programs on its PATH, their answers, and its home folder.

All of its paths have a space and a letter that is not ASCII.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

# The programs of every Linux machine; a test must add anything else.
_PROGRAMS = (
    "awk bash cat chmod cp cut date dirname env find flock grep gzip head ln mkdir mktemp mv paste"
    " rm sed sha256sum sleep sort tail tar touch tr true uname"
)
_FILES = (".bazelversion", "bazelw", "offline/bazel", "offline/bazelrc", "offline/setup.sh")


class Machine:
    """A home, a PATH with only the basic programs, and a clone of the workspace."""

    def __init__(self, root: Path) -> None:
        self.home = root / "home"
        self.bin = root / "bin"
        self.workspace = root / "workspace"
        for folder in (self.home, self.bin, self.workspace / "offline"):
            folder.mkdir(parents=True)
        for program in _PROGRAMS.split():
            found = shutil.which(program)
            assert found, f"{program} must be on PATH, got {found!r}. Install it."
            (self.bin / program).symlink_to(found)
        for file in _FILES:
            shutil.copy(file, self.workspace / file)

    def stub(self, path: str | Path, script: str) -> Path:
        """Put a program on PATH, or elsewhere if the path is absolute; it logs its calls."""
        file = self.bin / path
        log = f'echo "$*" >> "{self.home}/{file.name}.calls"\n'
        file.write_text(f"#!/bin/bash\n{log}{script}\n", encoding="utf-8")
        file.chmod(0o755)
        return file

    def calls(self, program: str) -> list[str]:
        """Return the arguments of each call of a stub."""
        file = self.home / f"{program}.calls"
        return file.read_text(encoding="utf-8").splitlines() if file.exists() else []

    def environment(self, **variables: str) -> dict[str, str]:
        """Return the environment of a program: home, PATH and these variables."""
        return {"HOME": str(self.home), "PATH": str(self.bin), **variables}

    def run(
        self, *command: str | Path, cwd: Path | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of the workspace, or any program by its absolute path."""
        return subprocess.run(
            [str(self.workspace / command[0]), *map(str, command[1:])],
            cwd=cwd or self.workspace,
            env=self.environment(**variables),
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "a b ö")
