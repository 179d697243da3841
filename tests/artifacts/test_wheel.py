"""The wheel, as pip and its users see it."""

import base64
import csv
import hashlib
import os
import subprocess
import sys
import zipfile
from email.message import Message
from email.parser import BytesParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement

VERSION = os.environ["VERSION"]
INFO = f"kfp_component_lib-{VERSION}.dist-info"


@pytest.fixture(scope="module")
def wheel() -> Path:
    """Return the path of the wheel under its final name."""
    (path,) = Path(os.environ["WHEEL_DIST"]).iterdir()
    return path


@pytest.fixture(scope="module")
def files(wheel: Path) -> dict[str, bytes]:
    """Return the content of the wheel's files."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def metadata(files: dict[str, bytes]) -> Message:
    """Return the wheel's core metadata."""
    return BytesParser().parsebytes(files[f"{INFO}/METADATA"])


def test_its_name_says_that_it_is_pure_python(wheel: Path):
    """The final name has distribution, version and tags in their places."""
    assert wheel.name == f"kfp_component_lib-{VERSION}-py3-none-any.whl"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Name", "kfp-component-lib"),
        ("Version", VERSION),
        ("License", "Apache-2.0"),
        ("Requires-Python", ">=3.11"),
        ("Description-Content-Type", "text/markdown"),
    ],
)
def test_metadata_names(metadata: Message, field: str, value: str):
    """Each field is there once, with this value."""
    assert metadata.get_all(field) == [value]


def requirements(file: str) -> set[Requirement]:
    """Return the requirements that a file lists."""
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    return {Requirement(line) for line in lines if line and not line.startswith("#")}


def test_it_requires_what_the_requirements_file_says(metadata: Message):
    """Requires-Dist is the runtime requirements file, and that of each extra, and nothing else."""
    extras = {"trees": "TREES_REQUIREMENTS", "verify": "VERIFY_REQUIREMENTS"}
    wanted = {(line.name, line.specifier, "") for line in requirements(os.environ["REQUIREMENTS"])}
    for extra, file in extras.items():
        more = requirements(os.environ[file])
        assert more
        wanted |= {(line.name, line.specifier, f'extra == "{extra}"') for line in more}
    found = [Requirement(text) for text in metadata.get_all("Requires-Dist")]
    assert {(r.name, r.specifier, str(r.marker or "")) for r in found} == wanted
    assert sorted(metadata.get_all("Provides-Extra")) == sorted(extras)


def test_it_has_the_command_that_verifies_a_release(files: dict[str, bytes]):
    """An installer makes the program from this line, and the module is there."""
    lines = files[f"{INFO}/entry_points.txt"].decode().split("\n")
    module = "kfp_component_lib.verification.__main__"
    assert f"verify-kfp-component-lib = {module}:main" in lines
    assert f"{module.replace('.', '/')}.py" in files


def test_its_description_is_the_readme(metadata: Message):
    """An index shows the README."""
    readme = Path(os.environ["README"]).read_text(encoding="utf-8")
    description = metadata.get_payload(decode=True)
    assert description.decode().strip() == readme.strip()


def test_it_holds_the_package_and_nothing_else(files: dict[str, bytes]):
    """No test, no build file, no bytecode goes out."""
    assert {"kfp_component_lib/py.typed", "kfp_component_lib/_build_info.py"} <= files.keys()
    strange = [
        name
        for name in files
        if not name.startswith((f"{INFO}/", "kfp_component_lib/"))
        or (not name.startswith(INFO) and not name.endswith((".py", "/py.typed")))
        or "test" in name
    ]
    assert strange == []


def test_its_record_is_true(files: dict[str, bytes]):
    """RECORD has the hash and size of every file."""
    rows = list(csv.reader(files[f"{INFO}/RECORD"].decode().splitlines()))
    assert {path for path, _, _ in rows} == files.keys()
    for path, digest, size in rows:
        if path != f"{INFO}/RECORD":
            content = files[path]
            found = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
            assert (digest, size) == (f"sha256={found.decode()}", str(len(content)))


def test_pip_installs_it_and_it_imports(wheel: Path, tmp_path: Path):
    """In a folder of its own, without its requirements, the package says its version."""
    pip = [sys.executable, "-m", "pip", "--isolated", "--no-cache-dir", "install"]
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run(
        [*pip, "--no-index", "--no-deps", f"--target={tmp_path}", wheel],
        env=os.environ | path,
        check=True,
    )
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import kfp_component_lib as lib; "
    code += "print(lib.VERSION, lib.__file__)"
    out = subprocess.check_output([sys.executable, "-I", "-S", "-c", code], text=True)
    assert out.rstrip().split(" ", 1) == [VERSION, f"{tmp_path}/kfp_component_lib/__init__.py"]
