"""py_layer with locked distributions: python-dateutil, which requires tzdata."""

import marshal
import os
import tarfile
from pathlib import PurePosixPath

import pytest


def listing(variable: str) -> set[str]:
    """Return the paths below opt/site in the layer that the environment names."""
    with tarfile.open(os.environ[variable]) as tar:
        return {m.name.removeprefix("opt/site/") for m in tar if m.isfile()}


def distributions(variable: str) -> set[str]:
    """Return the names of the distributions whose metadata is in a layer."""
    infos = {PurePosixPath(path).parts[0] for path in listing(variable) if ".dist-info/" in path}
    return {info.split("-")[0] for info in infos}


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        ("OWN", {"python_dateutil"}),
        ("TRANSITIVE", {"python_dateutil", "tzdata"}),
    ],
)
def test_transitive_decides_about_what_deps_require(layer: str, expected: set[str]):
    """If it is off, only the named distributions are packed; otherwise their requirements too."""
    assert distributions(layer) == expected


def test_below_leaves_out_what_lies_below_and_nothing_else():
    """The layers together contain what a single layer would, except for excluded files."""
    own, above, whole = listing("OWN"), listing("ABOVE"), listing("TRANSITIVE")
    assert own & above == set()
    missing = whole - own - above
    assert missing
    assert all(path.startswith("tzdata-") and ".dist-info/" in path for path in missing)


def test_every_module_has_bytecode():
    """Each .py file has its .pyc file."""
    files = listing("OWN")
    modules = [PurePosixPath(path) for path in files if path.endswith(".py")]
    assert modules
    for module in modules:
        (tag,) = {path.split(".")[-2] for path in files if path.endswith(".pyc")}
        assert f"{module.parent}/__pycache__/{module.stem}.{tag}.pyc" in files


def test_bytecode_has_lines_but_no_columns():
    """Columns would be a fifth of the bytecode."""
    with tarfile.open(os.environ["OWN"]) as tar:
        (name,) = [m.name for m in tar if m.name.endswith("_version.cpython-313.pyc")]
        code = marshal.loads(tar.extractfile(name).read()[16:])
    positions = list(code.co_positions())
    assert any(line for line, _, _, _ in positions)
    assert {(start, end) for _, _, start, end in positions} == {(None, None)}


def test_entries_carry_nothing_of_the_machine():
    """No time, owner or mode depends on the machine."""
    with tarfile.open(os.environ["OWN"]) as tar:
        found = {(m.mtime, m.uid, m.gid, m.uname, m.gname, m.mode) for m in tar if m.isfile()}
    assert found == {(0, 0, 0, "", "", 0o644)}
