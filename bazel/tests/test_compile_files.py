"""The files that a source can see while it is compiled."""

import base64
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml

_EMBEDDING = """\
import os
from kfp import dsl
{before}
_HERE = os.path.dirname(__file__)

@dsl.component(
    base_image="python:3.13",
    install_kfp_package=False,
    embedded_artifact_path=os.path.join(_HERE, {path!r}),
)
def read(cfg: dsl.EmbeddedInput[dsl.Dataset]) -> str:
    import os
    file = cfg.path if os.path.isfile(cfg.path) else os.path.join(cfg.path, "inner", "config.json")
    return open(file).read()

@dsl.pipeline(name="it")
def it() -> str:
    return read().output
"""
_PLAIN = """\
from kfp import dsl
{before}

@dsl.component(base_image="python:3.13")
def add(a: int) -> int:
    return a

@dsl.pipeline(name="it")
def it():
    add(a=1)
"""


@pytest.fixture
def data(tmp_path):
    """Create a file, and return the flag that declares it as `data`."""

    def _data(name: str, text: str, mode: int = 0o644) -> str:
        file = tmp_path / "elsewhere" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)
        # Bazel passes links.
        link = tmp_path / "links" / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(file)
        return f"--file=_main/pipelines/{name}\t{link}"

    return _data


def _source_of(definition: str) -> str:
    """Return the program in a definition."""
    return yaml.safe_load(definition)["deploymentSpec"]["executors"]["exec-read"]["container"][
        "command"
    ][-1]


def _archive(definition: str) -> tarfile.TarFile:
    """Return the archive in a definition."""
    (text,) = re.findall(r"__KFP_EMBEDDED_ARCHIVE_B64 = '([^']*)'", _source_of(definition))
    return tarfile.open(fileobj=io.BytesIO(base64.b64decode(text)))


def _run(definition: str, folder: Path) -> str:
    """Run the component as a container does: by its command, without files of the build."""
    container = yaml.safe_load(definition)["deploymentSpec"]["executors"]["exec-read"]["container"]
    output = folder / "executor_output.json"
    executor_input = json.dumps(
        {
            "inputs": {},
            "outputs": {
                "parameters": {"Output": {"outputFile": str(folder / "value")}},
                "outputFile": str(output),
            },
        }
    )
    arguments = [executor_input if a == "{{$}}" else a for a in container["args"]]
    kept = [path for path in sys.path if "site-packages" in path]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(kept)}
    command = [c.replace("python3 -m", f"{sys.executable} -m") for c in container["command"]]
    subprocess.run([*command, *arguments], env=environment, check=True, cwd="/")
    return json.loads(output.read_text(encoding="utf-8"))["parameterValues"]["Output"]


def test_an_embedded_file_is_a_file(compile_text, data, tmp_path):
    """The component can read the file after everything that compiled it is gone."""
    flag = data("config.json", "{}")
    definition = compile_text(_EMBEDDING.format(before="", path="config.json"), flag).text
    assert [member.type for member in _archive(definition)] == [tarfile.REGTYPE]
    for folder in ("elsewhere", "links"):
        (tmp_path / folder).rename(tmp_path / f"{folder}.gone")
    assert _run(definition, tmp_path) == "{}"


def test_an_embedded_folder_holds_files(compile_text, data, tmp_path):
    """The component can also read the folders in it."""
    flags = [data("assets/inner/config.json", "[1]"), data("assets/run.sh", "", mode=0o750)]
    definition = compile_text(_EMBEDDING.format(before="", path="assets"), *flags).text
    members = {member.name: member for member in _archive(definition)}
    assert {name: oct(member.mode) for name, member in members.items()} == {
        ".": "0o755",
        "./inner": "0o755",
        "./inner/config.json": "0o644",
        "./run.sh": "0o755",
    }
    assert not any(member.issym() for member in members.values())
    for folder in ("elsewhere", "links"):
        (tmp_path / folder).rename(tmp_path / f"{folder}.gone")
    assert _run(definition, tmp_path) == "[1]"


def test_a_folder_among_the_data_holds_files(compile_text, tmp_path):
    """Bazel can pass a folder as a whole."""
    (tmp_path / "assets" / "inner").mkdir(parents=True)
    (tmp_path / "assets" / "inner" / "config.json").symlink_to(tmp_path / "config.json")
    (tmp_path / "config.json").write_text("[2]", encoding="utf-8")
    flag = f"--file=_main/pipelines/assets\t{tmp_path}/assets"
    definition = compile_text(_EMBEDDING.format(before="", path="assets"), flag).text
    assert _archive(definition).getmember("./inner/config.json").isreg()


def test_sources_are_files_to_whoever_looks(compile_text, data):
    """No function shows a link, which would reveal its target."""
    before = (
        "import os, shutil, stat, tempfile\n"
        "here = os.path.dirname(__file__)\n"
        "file = os.path.join(here, 'config.json')\n"
        "assert not os.path.islink(file) and stat.S_ISREG(os.lstat(file).st_mode)\n"
        "assert os.path.realpath(file) == file\n"
        "assert os.path.samefile(os.path.realpath(__file__), __file__)\n"
        "copy = shutil.copytree(here, tempfile.mkdtemp() + '/copy', symlinks=True)\n"
        "assert not any(entry.is_symlink() for entry in os.scandir(copy))\n"
        "shutil.rmtree(copy)\n"
    )
    assert compile_text(_PLAIN.format(before=before), data("config.json", "{}")).text


def test_sources_are_copies(compile_text, data, tmp_path):
    """If a source writes to a file, nobody else sees the change."""
    flag = data("config.json", "{}")
    before = "import os; open(os.path.dirname(__file__) + '/config.json', 'w').write('spoiled')"
    assert compile_text(_PLAIN.format(before=before), flag).text
    assert (tmp_path / "elsewhere" / "config.json").read_text(encoding="utf-8") == "{}"


def test_the_times_and_owners_of_files_do_not_show(compile_text, data, tmp_path):
    """The same sources give the same bytes."""
    text = _EMBEDDING.format(before="", path="config.json")
    flag = data("config.json", "{}")
    first = compile_text(text, flag).text
    file = tmp_path / "elsewhere" / "config.json"
    os.utime(file, (1, 1))
    file.chmod(0o664)
    assert compile_text(text, flag).text == first


def test_archives_that_a_source_makes_itself_have_no_time(compile_text, tmp_path):
    """Archives of every kind that a source creates contain no time."""
    before = (
        "import gzip, io, tarfile, time, zipfile\n"
        "def archives():\n"
        "    yield gzip.compress(b'x')\n"
        "    for kind in ('w', 'w:gz', 'w|gz'):\n"
        "        out = io.BytesIO()\n"
        "        with tarfile.open(fileobj=out, mode=kind) as tar: tar.add(__file__, 'it')\n"
        "        yield out.getvalue()\n"
        "    out = io.BytesIO()\n"
        "    with zipfile.ZipFile(out, 'w') as archive:\n"
        "        archive.write(__file__, 'it')\n"
        "        archive.writestr('text', 'x')\n"
        "    yield out.getvalue()\n"
        "first = list(archives())\n"
        "time.sleep(2.1)\n"
        "assert list(archives()) == first\n"
        "import hashlib\n"
        "print(hashlib.sha256(b''.join(first)).hexdigest())\n"
    )
    first, second = (compile_text(_PLAIN.format(before=before)) for _ in range(2))
    assert first.text
    assert first.message == second.message


@pytest.fixture(scope="session")
def workspace(tool, tmp_path_factory):
    """A workspace with Bazel's folders, which contain KFP's archives, and a worker in it."""
    workspace, base = tmp_path_factory.mktemp("workspace"), tmp_path_factory.mktemp("base")
    (workspace / "undeclared.txt").write_text("a secret", encoding="utf-8")
    (base / "DO_NOT_BUILD_HERE").write_text(str(workspace), encoding="utf-8")
    (base / "undeclared.txt").write_text("a secret", encoding="utf-8")
    (base / "execroot").mkdir()
    archives = [
        shutil.copy(file, base / f"execroot/{number}.zip")
        for number, file in enumerate(os.environ["KFP_ARCHIVES"].split())
    ]
    there = type(tool)(archives)
    yield {"workspace": workspace, "output base": base, "tool": there}
    there.close()


@pytest.fixture(params=["workspace", "output base"])
def undeclared(workspace, request):
    """A file that no test declares."""
    return workspace[request.param] / "undeclared.txt"


@pytest.fixture
def compile_there(workspace, arguments, tmp_path):
    """Compile a source, given as text, in that workspace."""
    return lambda text: workspace["tool"].compile(arguments(text), tmp_path / "out.yaml")


_READING = {
    "open": "open({0!r}).read()",
    "os.open": "import os; os.open({0!r}, os.O_RDONLY)",
    "bytes": "open({0!r}.encode()).read()",
    "pathlib": "import pathlib; pathlib.Path({0!r}).read_text()",
    "by a link": (
        "import os, tempfile; link = tempfile.mkdtemp() + '/link'; os.symlink({0!r}, link)\n"
        "open(link).read()"
    ),
    "by a second name": (
        "import os, tempfile; link = tempfile.mkdtemp() + '/link'; os.link({0!r}, link)\n"
        "open(link).read()"
    ),
    "by the root of a process": "open('/proc/self/root' + {0!r}).read()",
    "by a relative path": "import os; os.chdir('/'); open({0!r}[1:]).read()",
    "folder": "import os; os.listdir(os.path.dirname({0!r}))",
    "writing": "open({0!r}, 'a')",
    "removing": "import os; os.remove({0!r})",
}


@pytest.mark.parametrize("how", _READING)
def test_undeclared_files_of_the_workspace(compile_there, undeclared, how):
    """Access is refused, and the message says where to declare the file."""
    compiled = compile_there(_PLAIN.format(before=_READING[how].format(str(undeclared))))
    assert compiled.status == 1
    assert "UndeclaredFileError: data of //pipelines:it must name every file " in compiled.message
    assert "Add the file to data, or to the data of the library" in compiled.message
    assert undeclared.read_text(encoding="utf-8") == "a secret"


_LOOKING = {
    "exists": "import os; assert not os.path.exists({0!r})",
    "is_file": "import pathlib; assert not pathlib.Path({0!r}).is_file()",
    "lstat": "import os; assert not os.path.lexists({0!r})",
    "access": "import os; assert not os.access({0!r}, os.R_OK)",
}


@pytest.mark.parametrize("how", _LOOKING)
def test_undeclared_files_are_not_there(compile_there, undeclared, how):
    """Nothing can depend on whether the files exist."""
    assert compile_there(_PLAIN.format(before=_LOOKING[how].format(str(undeclared)))).text


def test_programs_see_no_undeclared_files(compile_there, undeclared):
    """The kernel hides the files if it can; otherwise no program may be started."""
    before = (
        "import subprocess\n"
        f"done = subprocess.run(['cat', {str(undeclared)!r}], capture_output=True, text=True)\n"
        "print(done.stdout, done.stderr)\n"
        "assert done.returncode\n"
    )
    compiled = compile_there(_PLAIN.format(before=before))
    assert "a secret" not in compiled.message
    assert "Permission denied" in compiled.message or "must start no program" in compiled.message


def test_programs_are_refused_where_the_kernel_hides_nothing():
    """An audit hook cannot see what programs read."""
    program = (
        "import subprocess\n"
        "from kfp_compiler import declared_files, landlock\n"
        "landlock.is_available = lambda: False\n"
        "declared_files.DeclaredFiles('//a:b', ('/work',), (), ()).enforce()\n"
        "try:\n"
        "    subprocess.run(['true'])\n"
        "except PermissionError as error:\n"
        "    print(error)\n"
    )
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environ, capture_output=True, check=True, text=True)
    assert done.stdout.startswith("//a:b must start no program while it is compiled, since ")


_ALLOWED = {
    "system": "open('/etc/passwd').read()",
    "temporary": "import tempfile; tempfile.TemporaryFile().write(b'x')",
    "interpreter": "import json.tool, sqlite3; open(json.tool.__file__).read()",
    "kfp": "import kfp; open(kfp.__file__).read()",
    "native code": "import ctypes, ctypes.util; ctypes.CDLL(None)",
    "programs": "import subprocess; assert subprocess.check_output(['echo', 'x']) == b'x\\n'",
}


@pytest.mark.parametrize("what", _ALLOWED)
def test_what_is_not_of_the_workspace(compile_there, what):
    """The interpreter, its requirements and the files of the system can be read."""
    assert compile_there(_PLAIN.format(before=_ALLOWED[what])).text


def test_relative_paths_start_from_the_workspace(compile_text, data):
    """Paths are relative as in `bazel run`; undeclared files do not exist."""
    load = "from kfp import components; components.load_component_from_file('pipelines/{}')"
    component = (
        "components: {comp-c: {executorLabel: exec-c}}\n"
        "deploymentSpec: {executors: {exec-c: {container: {image: 'alpine'}}}}\n"
        "pipelineInfo: {name: c}\n"
        "root: {dag: {tasks: {c: {componentRef: {name: comp-c}, taskInfo: {name: c}}}}}\n"
        "schemaVersion: 2.1.0\nsdkVersion: kfp-2.17.0\n"
    )
    flag = data("c.yaml", component)
    assert compile_text(_PLAIN.format(before=load.format("c.yaml")), flag).text
    missing = compile_text(_PLAIN.format(before=load.format("d.yaml")), flag)
    assert missing.message.rstrip().endswith(
        "source.py:2: FileNotFoundError: [Errno 2] No such file or directory: 'pipelines/d.yaml'. "
        "Every file that is read while //pipelines:it is compiled must be among its data."
        f"\n    {load.format('d.yaml')}"
    )


def test_messages_name_files_as_people_do(compile_text):
    """Messages do not contain names in a temporary folder."""
    compiled = compile_text(_EMBEDDING.format(before="", path="config.json"))
    assert "embedded_artifact_path does not exist: pipelines/config.json. " in compiled.message
    assert "must be among its data." in compiled.message


def test_a_definition_with_a_temporary_path(compile_text):
    """A definition with a temporary path, which would be broken on every cluster, is refused."""
    text = _PLAIN.format(before="").replace("a=1", "a=1).set_env_variable('HERE', __file__")
    compiled = compile_text(text)
    assert compiled.status == 1
    assert "a definition must hold no path of the machine that compiles it" in compiled.message
