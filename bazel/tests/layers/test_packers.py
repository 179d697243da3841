"""The programs behind the layer rules and the bill: their bytes, and their errors."""

import gzip
import hashlib
import importlib.util
import io
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

# Constants whose order in memory depends on the hash seed, and names with and without interning.
SOURCE = 'A = {"x", "y", "z"}\ndef f(a):\n    return a in {"p", "q", "r"}, "a b", (1, A)\n'


# The target that errors name, and the file for the digests of a layer.
DESCRIBED = ["--owner=//t:t", f"--descriptor={os.environ['TEST_TMPDIR']}/descriptor.json"]


def pack(program: str, *arguments: str | Path, seed: str = "0") -> subprocess.CompletedProcess:
    """Run a packer for the target //t:t."""
    return subprocess.run(
        [os.environ[program], *DESCRIBED, "--prefix=opt/site", *arguments],
        env=os.environ | {"PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
    )


def files(tmp_path: Path, **contents: str) -> list[str]:
    """Write files, and return them as py_layer names them: destination, tab, source."""
    for name, text in contents.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    return [f"pkg/{name}.py\t{tmp_path}/{name}.py" for name in contents]


def wheel(tmp_path: Path, *names: str) -> Path:
    """Write a wheel with these members, each of which contains SOURCE."""
    path = tmp_path / "pkg-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name in (*names, "pkg-1.0.dist-info/METADATA", "pkg-1.0.dist-info/RECORD"):
            archive.writestr(name, SOURCE)
    return path


def test_the_same_files_give_the_same_bytes(tmp_path: Path):
    """The time, the hash seed and the order of the files do not affect a layer."""
    lines = files(tmp_path, a=SOURCE, b=SOURCE)
    first, second = tmp_path / "1.tar.gz", tmp_path / "2.tar.gz"
    pack("PY_LAYER", f"--out={first}", *lines, seed="1").check_returncode()
    for source in tmp_path.glob("*.py"):
        os.utime(source, (1, 1))
    pack("PY_LAYER", f"--out={second}", *reversed(lines), seed="2").check_returncode()
    assert first.read_bytes() == second.read_bytes()


def test_bytecode_is_used_without_a_look_at_the_source(tmp_path: Path):
    """Python runs the .pyc although its source has another time and other content."""
    out = tmp_path / "layer.tar.gz"
    pack("PY_LAYER", f"--out={out}", *files(tmp_path, a="X = 'compiled'")).check_returncode()
    with tarfile.open(out) as tar:
        tar.extractall(tmp_path, filter="data")
    (tmp_path / "opt/site/pkg/a.py").write_text("X = 'source'", encoding="utf-8")
    code = f"import sys; sys.path.insert(0, '{tmp_path}/opt/site'); import pkg.a; print(pkg.a.X)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "compiled\n"


def test_two_files_for_one_destination(tmp_path: Path):
    """The second file is refused, and both are named."""
    (line,) = files(tmp_path, a=SOURCE)
    (tmp_path / "other.py").write_text("", encoding="utf-8")
    done = pack("PY_LAYER", f"--out={tmp_path}/o", line, f"pkg/a.py\t{tmp_path}/other.py")
    assert done.stderr.strip() == (
        "//t:t must have one source for each file, got two for 'opt/site/pkg/a.py': "
        f"{tmp_path}/a.py and {tmp_path}/other.py. Drop one of the two."
    )
    assert not (tmp_path / "o").exists()


def test_a_pattern_without_a_match(tmp_path: Path):
    """A pattern that excludes nothing is outdated or misspelt."""
    lines = files(tmp_path, a=SOURCE)
    done = pack("PY_LAYER", f"--out={tmp_path}/o", "--exclude=**/*.pxd", *lines)
    assert done.returncode == 1
    assert "must match a file, got ['**/*.pxd'] without a match" in done.stderr


def test_a_module_that_does_not_compile(tmp_path: Path):
    """The message names the module and the fix."""
    done = pack("PY_LAYER", f"--out={tmp_path}/o", *files(tmp_path, a="print 'Python 2'"))
    assert done.returncode == 1
    assert "got 'opt/site/pkg/a.py'" in done.stderr
    assert done.stderr.strip().endswith("Name it in `exclude`.")


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("pkg/*.py", []),
        ("*.py", None),
        ("**/a.py", ["opt/site/pkg/b.py"]),
        ("pkg/[ab].py", []),
    ],
)
def test_patterns_are_globs(tmp_path: Path, pattern: str, left: list[str] | None):
    """One star stays within a folder, and two stars cross folders; None means no match."""
    out = tmp_path / "layer.tar.gz"
    done = pack("PY_LAYER", f"--out={out}", f"--exclude={pattern}", *files(tmp_path, a="", b=""))
    assert (done.returncode == 0) == (left is not None)
    if left is not None:
        with tarfile.open(out) as tar:
            assert [m.name for m in tar if m.name.endswith(".py")] == left


def test_a_layer_is_described(tmp_path: Path):
    """Its entries for manifest and config are computed once, for all images that contain it."""
    out = tmp_path / "layer.tar.gz"
    pack("PY_LAYER", f"--out={out}", *files(tmp_path, a=SOURCE)).check_returncode()
    content = out.read_bytes()
    assert json.loads(Path(DESCRIBED[1].partition("=")[2]).read_bytes()) == {
        "digest": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "diff_id": f"sha256:{hashlib.sha256(gzip.decompress(content)).hexdigest()}",
        "size": len(content),
    }


def test_metadata_says_that_a_wheel_is_installed(tmp_path: Path):
    """INSTALLER and RECORD are those of an installed project; RECORD includes the bytecode."""
    out = tmp_path / "layer.tar.gz"
    pack("WHEEL", f"--out={out}", f"--wheel={wheel(tmp_path, 'pkg/a.py')}").check_returncode()
    found = contents(out)
    info = "opt/site/pkg-1.0.dist-info"
    assert found.keys() == {f"{info}/{name}" for name in ("INSTALLER", "METADATA", "RECORD")}
    recorded = [line.removesuffix(",,") for line in found[f"{info}/RECORD"].decode().splitlines()]
    assert sorted(recorded) == [
        *sorted(path.removeprefix("opt/site/") for path in found),
        importlib.util.cache_from_source("pkg/a.py"),
        "pkg/a.py",
    ]


def layout(tmp_path: Path, *paths: str, config: object = None) -> Path:
    """Write an image layout whose only layer has these files, each of which contains SOURCE."""
    blobs = tmp_path / "layout/blobs/sha256"
    blobs.mkdir(parents=True)

    def blob(content: bytes) -> dict[str, str]:
        digest = hashlib.sha256(content).hexdigest()
        (blobs / digest).write_bytes(content)
        return {"digest": f"sha256:{digest}"}

    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w:gz") as tar:
        for path in paths:
            info = tarfile.TarInfo(path)
            info.size = len(SOURCE)
            tar.addfile(info, io.BytesIO(SOURCE.encode()))
    manifest = {"config": blob(json.dumps(config).encode()), "layers": [blob(layer.getvalue())]}
    index = {"manifests": [blob(json.dumps(manifest).encode())]}
    (tmp_path / "layout/index.json").write_text(json.dumps(index), encoding="utf-8")
    return tmp_path / "layout"


LIBRARY = f"usr/local/lib/python{sys.version_info.major}.{sys.version_info.minor}"


def compile_base(tmp_path: Path, base: Path, *patterns: str) -> subprocess.CompletedProcess:
    """Compile modules in the standard library of a base."""
    arguments = [*DESCRIBED, f"--out={tmp_path}/o.tar.gz", f"--base={base}", *patterns]
    return subprocess.run([os.environ["BYTECODE"], *arguments], capture_output=True, text=True)


def test_the_standard_library_is_compiled_where_it_lies(tmp_path: Path):
    """The layer has the bytecode of the modules that match a pattern, and nothing else."""
    paths = [f"{LIBRARY}/{name}" for name in ("abc.py", "json/decoder.py", "json/a/b.py")]
    compile_base(tmp_path, layout(tmp_path, *paths), "abc.py", "json/*").check_returncode()
    expected = {importlib.util.cache_from_source(path) for path in paths[:2]}
    assert contents(tmp_path / "o.tar.gz").keys() == expected


def test_a_base_with_another_python_gets_no_bytecode(tmp_path: Path):
    """The bytecode would be useless there, and without the module there is nothing to compile."""
    base = layout(tmp_path, "usr/lib/python2.7/abc.py", f"{LIBRARY}/ast.py")
    compile_base(tmp_path, base, "abc.py", "json/*").check_returncode()
    assert contents(tmp_path / "o.tar.gz") == {}


def test_a_python_without_a_package_is_in_the_bill(tmp_path: Path):
    """Docker's python images build their own Python, and state its version in the environment."""
    config = {
        "architecture": "amd64",
        "config": {
            "Env": ["PYTHON_VERSION=3.13.9"],
            "Labels": {"org.opencontainers.image.version": "1"},
        },
    }
    image, out = layout(tmp_path, "usr/local/bin/python3.13", config=config), tmp_path / "bill"
    command = [os.environ["SBOM"], "--owner=//t:t", f"--out={out}", f"--image={image}", "--name=i"]
    subprocess.check_call(command)
    (python,) = json.loads(out.read_text(encoding="utf-8"))["components"]
    assert (python["name"], python["version"]) == ("python", "3.13.9")
    assert python["purl"] == "pkg:generic/python@3.13.9"
    assert python["licenses"] == [{"license": {"id": "Python-2.0"}}]


def contents(layer: Path) -> dict[str, bytes]:
    """Return the files of a layer."""
    with tarfile.open(layer) as tar:
        return {m.name: tar.extractfile(m).read() for m in tar if m.isfile()}


def test_a_wheel_with_scripts(tmp_path: Path):
    """Files that only an installer can place are refused."""
    path = wheel(tmp_path, "pkg-1.0.data/scripts/tool")
    done = pack("WHEEL", f"--out={tmp_path}/o", f"--wheel={path}")
    assert done.stderr.strip() == (
        "//t:t.wheel must hold packages only, got 'pkg-1.0.data/scripts/tool'. "
        "Leave scripts and data files out of the wheel."
    )
