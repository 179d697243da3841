"""Fixtures for the release tests: a registry, an index, and the environment of the commands."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from crane_registry import serve

from tests.release import product, servers


@dataclass
class World:
    """The destination of releases, and how they are started.

    Attributes:
        folder: A folder for the test.
        registry: The registry, behind its proxy.
        index: The package index, behind its proxy.
        crane: The executable.
    """

    folder: Path
    registry: servers.Proxy
    index: servers.Proxy
    crane: Path

    @property
    def repository(self) -> str:
        """The repository for images."""
        return f"{self.registry.address}/team/lib"

    def build(self, version: str = "0.1.0", text: str = "one", **plan: Any) -> product.Product:
        """Build a product for this registry, as planned."""
        planned = product.Plan(version, text, **plan)
        return product.make(self.folder, self.repository, planned)

    def environment(self, **changes: str) -> dict[str, str]:
        """Return the complete environment of a command; a change to "" removes a name."""
        known = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "PYTHONPATH": os.pathsep.join(sys.path),
            "TWINE_REPOSITORY_URL": f"http://{self.index.address}/",
            "PYPI_USR": servers.USER,
            "PYPI_PWD": servers.PASSWORD,
            "BUILD_WORKSPACE_DIRECTORY": str(self.folder),
            "BUILD_WORKING_DIRECTORY": str(self.folder),
        } | changes
        return {name: value for name, value in known.items() if value}

    def command(self, built: product.Product, *options: str, main: str = "release") -> list[str]:
        """Return the command that releases a product, or a part of it."""
        image = ["--crane", self.crane, "--layout", built.layout, "--version", built.version]
        image += ["--repository", self.repository]
        wheel = ["--wheel-dist", built.dist]
        whole = ["--bundle", built.bundle, "--wheel-repository", self.repository]
        given = {
            "push_image": image,
            "publish_wheel": wheel,
            "release": [*image, *wheel, *whole],
        }
        pauses = ["--pauses", "0.1,0.1"]
        module = f"release.{main}_main"
        return [sys.executable, "-m", module, *map(str, given[main]), *pauses, *options]

    def run(
        self, built: product.Product, *options: str, main: str = "release", **environ: str
    ) -> subprocess.CompletedProcess:
        """Release a product, or a part of it; return the status and all output."""
        return subprocess.run(
            self.command(built, *options, main=main),
            env=self.environment(**environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            text=True,
            timeout=120,
        )

    def start(self, built: product.Product) -> subprocess.Popen:
        """Start a release and return at once."""
        return subprocess.Popen(
            self.command(built),
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def publish(self, built: product.Product) -> None:
        """Put a product on the registry and the index, without any checks."""
        pinned = f"{self.repository}@{built.digest}"
        for command in (["push", built.layout, pinned], ["tag", pinned, built.version]):
            subprocess.run([self.crane, *command], check=True, capture_output=True, timeout=60)
        (wheel,) = built.dist.glob("*.whl")
        shutil.copyfile(wheel, self.folder / "packages" / wheel.name)

    def digest(self, tag: str) -> str | None:
        """Return the digest of a tag in the registry."""
        reference = f"127.0.0.1:{self.registry.upstream}/team/lib:{tag}"
        done = subprocess.run(
            [self.crane, "digest", reference], capture_output=True, check=False, text=True
        )
        return done.stdout.strip() or None

    def wheels(self) -> list[str]:
        """Return the wheels in the index."""
        return sorted(path.name for path in (self.folder / "packages").iterdir())


@pytest.fixture(scope="session")
def crane() -> Path:
    """The crane executable from the toolchain."""
    return Path(os.environ["CRANE"]).resolve()


@pytest.fixture
def world(tmp_path: Path, crane: Path) -> Iterator[World]:
    """A registry and an index for the test, each behind a proxy."""
    packages = tmp_path / "packages"
    packages.mkdir()
    with (
        serve(crane) as registry_port,
        servers.index(packages) as index_port,
        servers.proxy(registry_port) as registry,
        servers.proxy(index_port) as index,
    ):
        yield World(tmp_path, registry, index, crane)
