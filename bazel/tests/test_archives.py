"""Archives of installed distributions: what is packed, and when it is unpacked."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

_ROOT = "hub_it/site-packages"
# Loads the archives, runs a program, and prints what has been unpacked.
_PROGRAM = """
import json, sys
from pathlib import Path
from kfp_compiler.archives import Archives

folder, program, *files = sys.argv[1:]
archives = Archives(Path(folder))
sys.path += archives.add(files)
sys.meta_path.insert(0, archives)
exec(program)
paths = [path for path in Path(folder).rglob("site-packages/**/*") if path.is_file()]
print(json.dumps(sorted(str(path).partition("site-packages/")[2] for path in paths)))
"""


def _archive(path: Path, **files: str) -> Path:
    """Write an archive; in the names of files, __ stands for / and the last _ for the dot."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            place = name.replace("__", "/").replace("0init", "__init__")
            stem, _, suffix = place.rpartition("_")
            archive.writestr(f"{path.stem}/site-packages/{stem}.{suffix}", text)
    return path


def _run(folder: Path, program: str, *archives: Path) -> list[str]:
    """Return the files that the imports of a program have unpacked."""
    command = [sys.executable, "-B", "-c", _PROGRAM, str(folder), program, *map(str, archives)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "unpacked").mkdir()
    return tmp_path / "unpacked"


def test_nothing_is_unpacked_before_it_is_imported(tmp_path, folder):
    """An import unpacks the package and all of its files that are not modules."""
    package = _archive(tmp_path / "a.zip", pkg__0init_py="", pkg__data__x_txt="x", pkg__m_py="")
    module = _archive(tmp_path / "b.zip", module_py="X = 1")
    assert _run(folder, "", package, module) == []
    program = "import pkg.m; assert (Path(pkg.__file__).parent / 'data/x.txt').read_text() == 'x'"
    assert _run(folder, program, package, module) == [
        "pkg/__init__.py",
        "pkg/data/x.txt",
        "pkg/m.py",
    ]


def test_packages_are_unpacked_one_by_one(tmp_path, folder):
    """A subpackage is unpacked when it is imported; before that it is visible."""
    files = {"pkg__0init_py": "", "pkg__sub__0init_py": "", "pkg__sub__m_py": "X = 1"}
    archive = _archive(tmp_path / "a.zip", **files, pkg__sub__x_txt="x")
    seen = ["pkg/__init__.py", "pkg/sub/__init__.py", "pkg/sub/x.txt"]
    program = "import pkg, pkgutil; assert [m.name for m in pkgutil.iter_modules(pkg.__path__)] == ['sub']"
    assert _run(folder, program, archive) == seen
    assert _run(folder, "from pkg.sub.m import X", archive) == sorted([*seen, "pkg/sub/m.py"])


def test_a_namespace_is_shared(tmp_path, folder):
    """One part of a namespace package is unpacked without the other."""
    one = _archive(tmp_path / "one.zip", ns__one__0init_py="", ns__one__m_py="X = 1")
    two = _archive(tmp_path / "two.zip", ns__two_py="X = 2")
    assert _run(folder, "import ns", one, two) == []
    assert _run(folder, "from ns.two import X", one, two) == ["ns/two.py"]
    program = "from ns.one.m import X; from ns import two; assert (X, two.X) == (1, 2)"
    assert len(_run(folder, program, one, two)) == 3


def test_a_package_that_spreads_itself_is_found_whole(tmp_path, folder):
    """kfp does this, with kfp-pipeline-spec and kfp-kubernetes as its parts."""
    spread = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)"
    main = _archive(tmp_path / "main.zip", spread__0init_py=spread)
    part = _archive(tmp_path / "part.zip", spread__part__0init_py="X = 1")
    assert _run(folder, "from spread.part import X", main, part) == [
        "spread/__init__.py",
        "spread/part/__init__.py",
    ]


def test_metadata_is_found(tmp_path, folder):
    """A module can read the version of its own distribution, and of others."""
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(f"{_ROOT}/it.py", "")
        file.writestr(f"{_ROOT}/it-1.2.dist-info/METADATA", "Name: it\nVersion: 1.2\n")
    program = "from importlib.metadata import version; assert version('it') == '1.2'"
    assert _run(folder, program, archive) == ["it-1.2.dist-info/METADATA"]


def test_what_is_unpacked_serves_other_processes(tmp_path, folder):
    """An archive is unpacked once, and again if its content changes."""
    archive = _archive(tmp_path / "a.zip", it_py="X = 1")
    _run(folder, "import it", archive)
    (module,) = folder.rglob("it.py")
    before = module.stat()
    _run(folder, "import it; assert it.X == 1", archive)
    assert module.stat() == before
    _archive(tmp_path / "a.zip", it_py="X = 1234")
    _run(folder, "import it; assert it.X == 1234", archive)


def _pack(out: Path, *files: Path) -> zipfile.ZipFile:
    """Pack files as the rule does."""
    lines = [f"{_ROOT}/{file.name}\t{file}" for file in files]
    command = [os.environ["PY_ARCHIVE"], "--owner=//t:t", f"--out={out}", *lines]
    subprocess.run(command, check=True)
    return zipfile.ZipFile(out)


def test_modules_have_bytecode(tmp_path):
    """A module for another Python has no bytecode, which is not an error."""
    texts = {"good.py": "X = 1", "bad.py": "print 'Python 2'", "data.txt": "x"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    with _pack(tmp_path / "out.zip", *(tmp_path / name for name in texts)) as archive:
        names = [name.removeprefix(f"{_ROOT}/") for name in archive.namelist()]
    tag = sys.implementation.cache_tag
    assert names == [f"__pycache__/good.{tag}.pyc", "bad.py", "data.txt", "good.py"]


def test_the_same_files_give_the_same_archive(tmp_path):
    """The time and the order of the files do not affect the archive."""
    files = [tmp_path / "a.py", tmp_path / "b.py"]
    for file in files:
        file.write_text("X = {'x', 'y'}", encoding="utf-8")
    _pack(tmp_path / "1.zip", *files)
    os.utime(files[0], (10**9, 10**9))
    _pack(tmp_path / "2.zip", *reversed(files))
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()
