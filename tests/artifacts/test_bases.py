"""Tests of the bases on which the image is tested: with Python below /usr, and below /usr/local."""

import json
import os
from pathlib import Path

import pytest
from container import Container, as_group_sees
from oci_layout import Image

LOCAL, SYSTEM = "/usr/local", "/usr"
WHERE = """
import ctypes, json, os, ssl, sys
print(json.dumps([sys.prefix, sys.exec_prefix, os.__file__]))
"""


class Base:
    """An unpacked base image.

    Attributes:
        image: The base image.
        root: The folder of its files.
        prefix: The folder below which its standard library is, /usr or /usr/local.
        packages: The status file of dpkg, which lists the installed packages.
    """

    def __init__(self, layout: Path, folder: Path):
        """Unpack the image of a layout below the folder."""
        self.image, self.root, self._tmp = Image(layout), folder / "root", folder / "tmp"
        self._tmp.mkdir()
        self.image.unpack(self.root)
        as_group_sees(self.root)
        (found,) = {p.parents[2] for p in self.root.glob("usr/**/lib/python3.*/os.py")}
        self.prefix = f"/{found.relative_to(self.root)}"
        self.packages = (self.root / "var/lib/dpkg/status").read_text(encoding="utf-8")

    def run(self, *command: str) -> str:
        """Run a command; return its standard output, or its standard error if that is empty."""
        environment = self.image.environment() | {"HOME": "/tmp"}
        container = Container(self.root, self._tmp, environment)
        done = container.run([*command], capture_output=True, text=True)
        return done.stdout or done.stderr


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> list[Base]:
    """Return the pulled base, the other shape made from it, and the first shape made from that."""
    names = "BASE", "OTHER_BASE", "BACK_AGAIN"
    return [Base(Path(os.environ[name]), tmp_path_factory.mktemp(name)) for name in names]


def test_there_is_one_of_each_shape(bases: list[Base]):
    """The image is tested on both shapes, whichever of them the build has pulled."""
    pulled, other, back_again = [base.prefix for base in bases]
    assert {pulled, other} == {LOCAL, SYSTEM}
    assert back_again == pulled


@pytest.mark.parametrize("number", range(3))
def test_python_runs_from_where_it_is(bases: list[Base], number: int):
    """The Python that PATH finds uses its own standard library and extension modules."""
    base = bases[number]
    *prefixes, library = json.loads(base.run("python3", "-c", WHERE))
    assert prefixes == [base.prefix, base.prefix]
    assert library.startswith(f"{base.prefix}/lib/python3.")


def test_a_local_one_is_like_dockers(bases: list[Base]):
    """Python below /usr/local has pip and belongs to no package; the base states its version."""
    for base in (base for base in bases if base.prefix == LOCAL):
        assert "Package: python3" not in base.packages
        assert not [*base.root.glob("usr/bin/*python*"), *base.root.glob("usr/lib/python3*")]
        assert base.run("pip", "--version").startswith("pip ")
        assert base.run("python3", "-m", "ensurepip", "--version").startswith("pip ")
        version = base.image.environment()["PYTHON_VERSION"]
        assert base.run("python", "--version") == f"Python {version}\n"
        assert "org.opencontainers.image.version" in base.image.manifest["annotations"]


def test_a_system_one_is_like_debians(bases: list[Base]):
    """Python below /usr comes from a Debian package and has no pip."""
    for base in (base for base in bases if base.prefix == SYSTEM):
        assert "Package: python3" in base.packages
        assert "No module named pip" in base.run("python3", "-m", "pip")
        assert not list(base.root.glob("usr/local/bin/*"))
