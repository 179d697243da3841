"""Tests of a compiled pipeline's task, run in the built image as a cluster would run it.

The command and its arguments come from the compiled YAML. The user is in group 0, and by default
one that the image does not know; the root file system is read-only except for /tmp; HOME is not
set; there is no network.
"""

import dataclasses
import json
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml
from container import Container, as_group_sees
from oci_layout import Image

if sys.platform != "linux":
    pytest.skip("pods need Linux namespaces: NOTHING was tested here", allow_module_level=True)

SITE = "opt/site-packages"
N_ROWS = 10
EXECUTOR_INPUT = {
    "inputs": {"parameterValues": {"n_rows": N_ROWS}},
    "outputs": {
        "artifacts": {
            "data_out": {
                "artifacts": [
                    {
                        "name": "data_out",
                        "type": {"schemaTitle": "system.Dataset", "schemaVersion": "0.0.1"},
                        "uri": "/tmp/outputs/data_out",
                    }
                ]
            }
        },
        "outputFile": "/tmp/outputs/executor_output.json",
    },
}


@pytest.fixture(scope="module")
def image() -> Image:
    """Return the image."""
    return Image(Path(os.environ["IMAGE"]))


@pytest.fixture(scope="module")
def root(image: Image) -> Path:
    """Unpack the image; a command in it has only the rights that group 0 has in a pod."""
    folder = Path(os.environ["TEST_TMPDIR"], "root")
    image.unpack(folder)
    as_group_sees(folder)
    return folder


@pytest.fixture
def tmp(tmp_path: Path) -> Path:
    """Return the folder that becomes the pod's /tmp."""
    return tmp_path


def pod(image: Image, root: Path, tmp: Path, uid: int = 12345) -> Container:
    """Return a pod with the environment of the image, which does not set HOME."""
    assert "HOME" not in image.environment()
    return Container(root=root, tmp=tmp, environment=image.environment(), uid=uid)


@pytest.fixture(scope="module")
def command() -> list[str]:
    """Return the command of the pipeline's first task, with the ExecutorInput in its place."""
    text = Path(os.environ["PIPELINE"]).read_text(encoding="utf-8")
    executors = next(yaml.safe_load_all(text))["deploymentSpec"]["executors"]
    container = executors["exec-make-numeric-dataset"]["container"]
    arguments = [a.replace("{{$}}", json.dumps(EXECUTOR_INPUT)) for a in container["args"]]
    assert arguments != container["args"]
    return container["command"] + arguments


@contextmanager
def without(root: Path, *paths: Path) -> Iterator[None]:
    """Move files or folders out of the unpacked image, and put them back at the end."""
    elsewhere = root.with_name("removed")
    elsewhere.mkdir(exist_ok=True)
    with ExitStack() as back:
        for number, path in enumerate(paths):
            path.parent.chmod(0o755)
            os.rename(path, elsewhere / str(number))
            back.callback(os.rename, elsewhere / str(number), path)
        yield


def inside(root: Path, path: PurePosixPath) -> Path:
    """Return the unpacked file of an absolute path, with links followed as in a container."""
    there = root
    for part in path.relative_to("/").parts:
        there = there / part
        if there.is_symlink():
            linked = PurePosixPath("/", there.parent.relative_to(root), os.readlink(there))
            there = inside(root, PurePosixPath(os.path.normpath(linked)))
    return there


def on_path(image: Image, root: Path, program: str) -> list[Path]:
    """Return every file that a search of the image's PATH could find for a program."""
    folders = image.environment()["PATH"].split(":")
    candidates = {inside(root, PurePosixPath(folder)) / program: None for folder in folders}
    found = [path for path in candidates if os.path.lexists(path)]
    assert found, f"PATH must find {program} in the image, got {folders}"
    return found


@pytest.mark.parametrize("uid", [12345, 65532])
def test_the_task_succeeds(image: Image, root: Path, tmp: Path, command: list[str], uid: int):
    """The task writes the data set, and the output file that the cluster's launcher reads."""
    done = pod(image, root, tmp, uid).run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    table = pq.read_table(tmp / "outputs/data_out")
    assert table.column_names == ["y", "x1", "x2", "x3"]
    first = np.random.default_rng(42).standard_normal(N_ROWS)
    np.testing.assert_array_equal(table["y"].to_numpy(), first)
    output = json.loads((tmp / "outputs/executor_output.json").read_text(encoding="utf-8"))
    (artifact,) = output["artifacts"]["data_out"]["artifacts"]
    assert artifact["uri"] == "/tmp/outputs/data_out"
    assert artifact["metadata"]["rows"] == N_ROWS


@pytest.mark.parametrize(
    ("removed", "complaint"),
    [
        (f"{SITE}/kfp", "No module named 'kfp'"),
        (f"{SITE}/kfp_component_lib", "No module named 'kfp_component_lib'"),
        (f"{SITE}/numpy", "No module named 'numpy'"),
        (f"{SITE}/pyarrow/libarrow_substrait.so.*", "libarrow_substrait.so"),
    ],
)
def test_the_task_fails_without(
    image: Image, root: Path, tmp: Path, command: list[str], removed: str, complaint: str
):
    """A task fails, and says why, if the image lacks a file that it needs."""
    (path,) = root.glob(removed)
    with without(root, path):
        done = pod(image, root, tmp).run(command, capture_output=True, text=True)
    assert done.returncode != 0
    assert complaint in done.stderr
    assert not (tmp / "outputs/executor_output.json").exists()


def test_the_task_fails_without_python(image: Image, root: Path, tmp: Path, command: list[str]):
    """A task cannot run without the Python that PATH finds, as the image has no other one."""
    with without(root, *on_path(image, root, "python3")):
        done = pod(image, root, tmp).run(command, capture_output=True, text=True)
    assert done.returncode != 0
    assert "python3: not found" in done.stderr


def test_the_task_fails_without_a_shell(image: Image, root: Path, tmp: Path, command: list[str]):
    """KFP's command begins with `sh`, so it cannot even start in an image without a shell."""
    shells = on_path(image, root, "sh")
    with without(root, *shells), pytest.raises(FileNotFoundError, match="'sh'"):
        pod(image, root, tmp).run(command)


LOADED = """
import importlib, os, pathlib, sys
import kfp.dsl.executor_main, pandas, pyarrow.csv, pyarrow.json, pyarrow.parquet
site = pathlib.Path(pandas.__path__[0]).parent
for module in site.glob("kfp_component_lib/**/*.py"):
    # The verification is for people's machines, and has requirements that no pod has.
    if not {"components", "pipelines", "verification"} & set(module.parts):
        importlib.import_module(".".join(module.relative_to(site).with_suffix("").parts))
specs = [module.__spec__ for module in sys.modules.values() if getattr(module, "__spec__", None)]
specs = [spec for spec in specs if spec.origin and spec.origin.endswith(".py")]
# Debian's sitecustomize is a link to a file of its configuration.
cached = [spec.cached for spec in specs if not os.path.islink(spec.origin)]
print(len(cached), *sorted(path for path in cached if not os.path.exists(path)))
"""


def test_what_a_task_imports_is_compiled(image: Image, root: Path, tmp: Path):
    """All imported modules, Python's own too, have bytecode, as a pod could not save any."""
    seen = pod(image, root, tmp)
    seen = dataclasses.replace(seen, environment={**seen.environment, "_KFP_RUNTIME": "true"})
    done = seen.run(["python3", "-c", LOADED], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    count, *missing = done.stdout.split()
    assert int(count) > 500
    assert not missing, f"add these to image/standard_library.bzl: {missing}"


PROBES = {
    "import os; print(os.getuid(), os.getgid())": "12345 0",
    "import os; print(os.environ.get('HOME'))": "None",
    "import socket; print(socket.socket().connect_ex(('192.0.2.1', 80)))": "101",
    "print(*{l.split()[1] for l in open('/proc/self/status') if l[:4] in ('CapE', 'CapP')})": "0"
    * 16,
    "print(*[l.split()[1] for l in open('/proc/self/status') if l[:10] == 'NoNewPrivs'])": "1",
    "import tempfile; print(tempfile.TemporaryFile('w').write('x'))": "1",
}


@pytest.mark.parametrize(("code", "expected"), PROBES.items())
def test_the_pod_is_as_locked_as_it_says(
    image: Image, root: Path, tmp: Path, code: str, expected: str
):
    """User, environment, network and capabilities are restricted, as seen from inside the pod."""
    done = pod(image, root, tmp).run(["python3", "-c", code], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == (expected, "")


@pytest.mark.parametrize("path", ["/x", "/etc/x", "/opt/site-packages/x", "/dev/x", "/var/tmp/x"])
def test_nothing_but_tmp_can_be_written(image: Image, root: Path, tmp: Path, path: str):
    """The root file system is read-only even where the mode of a folder allows writing."""
    code = f"open({path!r}, 'w')"
    done = pod(image, root, tmp).run(["python3", "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert "[Errno 30] Read-only file system" in done.stderr


def test_a_file_that_group_0_cannot_read_is_not_read(image: Image, root: Path, tmp: Path):
    """A file that only its owner may read cannot be imported here, just as in a pod."""
    secret = root / SITE / "secret.py"
    secret.parent.chmod(0o755)
    secret.touch()
    secret.chmod(0o600)
    as_group_sees(root / SITE)
    done = pod(image, root, tmp).run(
        ["python3", "-c", "import secret"], capture_output=True, text=True
    )
    secret.unlink()
    assert "Permission denied" in done.stderr
