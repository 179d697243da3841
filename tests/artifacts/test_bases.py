"""The bases that the image is tested on: Python below /usr in one, below /usr/local in the other."""

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
    """A base, unpacked.

    Attributes:
        image: The base.
        root: Its files.
        prefix: Where it has its standard library.
        packages: What dpkg says is installed.
    """

    def __init__(self, layout: Path, folder: Path):
        """Unpack the layout to the folder."""
        self.image, self.root, self._tmp = Image(layout), folder / "root", folder / "tmp"
        self._tmp.mkdir()
        self.image.unpack(self.root)
        as_group_sees(self.root)
        (found,) = {p.parents[2] for p in self.root.glob("usr/**/lib/python3.*/os.py")}
        self.prefix = f"/{found.relative_to(self.root)}"
        self.packages = (self.root / "var/lib/dpkg/status").read_text(encoding="utf-8")

    def run(self, *command: str) -> str:
        """Run a command; return what it says."""
        environment = self.image.environment() | {"HOME": "/tmp"}
        container = Container(self.root, self._tmp, environment)
        done = container.run([*command], capture_output=True, text=True)
        return done.stdout or done.stderr


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> list[Base]:
    """Return the pulled base, the other made of it, and that one's other."""
    names = "BASE", "OTHER_BASE", "BACK_AGAIN"
    return [Base(Path(os.environ[name]), tmp_path_factory.mktemp(name)) for name in names]


def test_there_is_one_of_each_shape(bases: list[Base]):
    """Whichever the build pulled, the image is tested on both."""
    pulled, other, back_again = [base.prefix for base in bases]
    assert {pulled, other} == {LOCAL, SYSTEM}
    assert back_again == pulled


@pytest.mark.parametrize("number", range(3))
def test_python_runs_from_where_it_is(bases: list[Base], number: int):
    """The interpreter that PATH finds, its library and its extension modules are one Python."""
    base = bases[number]
    *prefixes, library = json.loads(base.run("python3", "-c", WHERE))
    assert prefixes == [base.prefix, base.prefix]
    assert library.startswith(f"{base.prefix}/lib/python3.")


def test_a_local_one_is_like_dockers(bases: list[Base]):
    """No package brought its Python, pip comes with it, and it says of itself what it is."""
    for base in (base for base in bases if base.prefix == LOCAL):
        assert "Package: python3" not in base.packages
        assert not [*base.root.glob("usr/bin/*python*"), *base.root.glob("usr/lib/python3*")]
        assert base.run("pip", "--version").startswith("pip ")
        assert base.run("python3", "-m", "ensurepip", "--version").startswith("pip ")
        version = base.image.environment()["PYTHON_VERSION"]
        assert base.run("python", "--version") == f"Python {version}\n"
        assert "org.opencontainers.image.version" in base.image.manifest["annotations"]


def test_a_system_one_is_like_debians(bases: list[Base]):
    """A package brought its Python, without pip."""
    for base in (base for base in bases if base.prefix == SYSTEM):
        assert "Package: python3" in base.packages
        assert "No module named pip" in base.run("python3", "-m", "pip")
        assert not list(base.root.glob("usr/local/bin/*"))
