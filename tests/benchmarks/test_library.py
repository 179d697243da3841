"""The edited library of the peers."""

import zipfile
from pathlib import Path

import pytest

from benchmarks.library import Library

FILES = {
    "lib/a.py": b"A = 1\n",
    "lib/b.py": b"B = 2\n",
    "lib-1.dist-info/RECORD": b"lib/a.py,sha256=x,6\n",
}


@pytest.fixture
def library(tmp_path: Path) -> Library:
    wheel = tmp_path / "lib-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in FILES.items():
            archive.writestr(name, content)
    return Library(wheel)


def test_an_edition_replaces_the_one_before(library: Library):
    """Every edit changes one line of its module, and leaves edits of other modules."""
    for edition in (1, 2):
        library.edit("lib/a.py", edition)
    library.edit("lib/b.py", 1)
    assert library.modules == {
        "lib/a.py": b"A = 1\n# Edition 2.\n",
        "lib/b.py": b"B = 2\n# Edition 1.\n",
    }


def test_the_wheel_has_the_edited_modules(library: Library, tmp_path: Path):
    """The hashes of the original files are gone, or installers would find them to be wrong."""
    library.edit("lib/a.py", 3)
    folder = tmp_path / "out"
    folder.mkdir()
    library.write_wheel(folder)
    with zipfile.ZipFile(folder / "lib-1-py3-none-any.whl") as wheel:
        assert wheel.read("lib/a.py") == b"A = 1\n# Edition 3.\n"
        assert wheel.read("lib-1.dist-info/RECORD") == b""


def test_only_edited_modules_are_written_again(library: Library, tmp_path: Path):
    """A module that has not changed keeps its time, on which the layers of engines depend."""
    library.write_modules(tmp_path)
    before = (tmp_path / "lib/b.py").stat().st_mtime_ns
    library.edit("lib/a.py", 1)
    library.write_modules(tmp_path)
    assert (tmp_path / "lib/a.py").read_bytes() == b"A = 1\n# Edition 1.\n"
    assert (tmp_path / "lib/b.py").stat().st_mtime_ns == before
    assert not (tmp_path / "lib-1.dist-info").exists()
