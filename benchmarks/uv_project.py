"""Our sources as a project without Bazel, as uv's documentation recommends to keep one."""

import os
import shutil
import sys
from pathlib import Path

from benchmarks.costs import Cost, plain_environment, run
from benchmarks.session import runfile
from benchmarks.wheelhouse import pins
from tools.locked import locked_executable
from tools.package_index import pip_options, uv_environment

_LOCKS = ["requirements_lock.txt", "benchmarks/peers/loop/requirements_lock.txt"]
_PYPROJECT = """\
[build-system]
requires = ["uv_build"]
build-backend = "uv_build"

[project]
name = "kfp-component-lib"
version = "0"
requires-python = "==3.13.*"
dependencies = {requirements!r}

[dependency-groups]
dev = ["hypothesis", "pytest", "pytest-testmon", "pytest-xdist"]

[tool.uv]
constraint-dependencies = {pins!r}

[tool.uv.build-backend]
module-root = ""
module-name = "kfp_component_lib"
"""


def copy_sources(workspace: Path, folder: Path) -> list[str]:
    """Copy library, tests and pipelines into a new project; return the library's requirements."""
    for name in ("kfp_component_lib", "tests", "pipelines"):
        shutil.copytree(workspace / name, folder / name)
    shutil.copyfile(runfile("BUILD_INFO"), folder / "kfp_component_lib/_build_info.py")
    requirements = (workspace / "kfp_component_lib/requirements.txt").read_text("utf-8")
    return [line for line in requirements.splitlines() if line and line[0] != "#"]


class UvProject:
    """A project whose environment uv keeps in step with its lock; the library is editable."""

    def __init__(self, folder: Path, workspace: Path):
        """Write the project, and create its environment.

        The first step checks the hashes of everything that the second one keeps.
        """
        self.folder = folder
        self._environment = {
            **uv_environment(pip_options(), plain_environment()),
            "UV_PYTHON_DOWNLOADS": "never",
        }
        requirements = copy_sources(workspace, folder)
        pinned = sorted({pin for lock in _LOCKS for pin in pins(workspace, lock).split()})
        text = _PYPROJECT.format(requirements=requirements, pins=pinned)
        (folder / "pyproject.toml").write_text(text, encoding="utf-8")
        self.uv("venv", "--quiet", f"--python={sys.executable}")
        self.uv(
            "pip", "sync", "--quiet", "--require-hashes", *(workspace / lock for lock in _LOCKS)
        )
        self.uv("sync", "--quiet")

    def uv(self, *arguments: str | os.PathLike[str]) -> Cost:
        """Run uv in the project."""
        command = [locked_executable("uv"), *arguments]
        return run(command, cwd=self.folder, env=self._environment)

    def run(self, program: str, *arguments: str | os.PathLike[str]) -> Cost:
        """Run a program of the environment, without uv."""
        return run([self.folder / ".venv/bin" / program, *arguments], cwd=self.folder)
