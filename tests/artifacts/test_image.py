"""The image: how it starts, what its layers hold, and what they must not hold."""

import csv
import os
import stat
import zipfile
from importlib.util import cache_from_source, source_from_cache
from pathlib import Path, PurePosixPath

import pytest
from oci_layout import Image, members

SITE = "opt/site-packages"
VERSION = os.environ["VERSION"]
OCI = "org.opencontainers.image."
OWN = {
    OCI + "licenses": "Apache-2.0",
    OCI + "source": os.environ["SOURCE"],
    OCI + "title": "kfp-component-lib",
    OCI + "version": VERSION,
}


@pytest.fixture(scope="module")
def image() -> Image:
    """Return the image."""
    return Image(Path(os.environ["IMAGE"]))


@pytest.fixture(scope="module")
def base() -> Image:
    """Return the image's base."""
    return Image(Path(os.environ["BASE"]))


@pytest.fixture(scope="module")
def added(image: Image, base: Image) -> dict[str, tuple[int, int]]:
    """Return what lies above the base: path to mode and number of the layer."""
    found = {}
    for number, layer in enumerate(image.above(base)):
        for member in members(layer):
            if not member.isdir():
                assert member.name not in found, f"{member.name} is in two layers"
                found[member.name] = (member.mode, number)
    return found


def test_it_runs_as_a_number_that_is_not_root(image: Image):
    """Kubernetes can check runAsNonRoot; group 0 lets an arbitrary UID read everything."""
    user, _, group = image.config["config"]["User"].partition(":")
    assert user.isdecimal()
    assert int(user) > 0
    assert group == "0"


def test_it_has_no_entrypoint(image: Image):
    """KFP's runners pass a command only; an entrypoint would swallow it."""
    assert "Entrypoint" not in image.config["config"]


def test_python_finds_the_layers(image: Image, base: Image):
    """PYTHONPATH names the layers' folder; the base's environment stays."""
    assert image.environment() == base.environment() | {"PYTHONPATH": f"/{SITE}"}


def test_of_the_base_only_unspecific_labels_stay(image: Image, base: Image):
    """The base's version, source or revision would be wrong of the image, which has its own."""
    inherited = base.config["config"].get("Labels") or {}
    kept = {key: value for key, value in inherited.items() if not key.startswith(OCI)}
    assert image.config["config"]["Labels"] == OWN | kept


def test_annotations_are_the_labels_and_the_base(image: Image, base: Image):
    """Nothing that the base says of itself is among them."""
    name = os.environ.get("BASE_NAME")
    pulled = {OCI + "base.name": Path(name).read_text(encoding="utf-8").strip()} if name else {}
    own = OWN | {OCI + "base.digest": base.digest}
    assert image.manifest["annotations"] == own | pulled


def test_nothing_of_the_commit_is_in_it(image: Image):
    """A commit that changes no file of the image leaves its digest as it is."""
    labels = image.config["config"]["Labels"]
    assert "org.opencontainers.image.revision" not in labels
    assert "org.opencontainers.image.created" not in labels


def test_layers_are_split_by_distribution(added: dict[str, tuple[int, int]]):
    """A new release of one of these sends none of the others again."""
    layers: dict[str, set[int]] = {}
    for path, (_, number) in added.items():
        layers.setdefault(PurePosixPath(path).parts[2], set()).add(number)
    order = ("numpy", "pyarrow", "pandas", "scipy", "sklearn", "skops", "kfp")
    assert [layers[name] for name in order] == [{number} for number in range(2, 9)]
    assert min(layers["kfp_component_lib"]) == 10


def test_a_module_lies_beside_its_bytecode(added: dict[str, tuple[int, int]]):
    """An edit changes both, and sends one layer."""
    own = {p: n for p, (_, n) in added.items() if p.startswith(f"{SITE}/kfp_component_lib/")}
    assert len(set(own.values())) > 5
    for path in (path for path in own if path.endswith(".py")):
        assert own[cache_from_source(path)] == own[path], path


def test_it_adds_few_layers(image: Image, base: Image):
    """Engines take no more than about 125, the base's among them."""
    assert len(image.above(base)) <= 110


def test_the_base_stays_as_it_is(base: Image, added: dict[str, tuple[int, int]]):
    """Of the base the layers take away; to it they add bytecode of its own modules alone."""
    assert added.keys() & base.files.keys() == set()
    outside = {PurePosixPath(path) for path in added if not path.startswith(f"{SITE}/")}
    whiteouts = {path for path in outside if path.name.startswith(".wh.")}
    bytecode = outside - whiteouts
    assert bytecode
    assert {source_from_cache(str(path)) for path in bytecode} <= base.files.keys()


def test_every_module_is_compiled(added: dict[str, tuple[int, int]]):
    """Without its bytecode a module costs every pod start a compilation."""
    modules = {PurePosixPath(path) for path in added if path.endswith(".py")}
    compiled = {
        PurePosixPath(path)
        for path in added
        if path.endswith(".pyc") and path.startswith(f"{SITE}/")
    }
    assert modules
    assert {
        path.parent / "__pycache__" / f"{path.stem}.cpython-313.pyc" for path in modules
    } == compiled


@pytest.mark.parametrize(
    "unwanted",
    [
        "pip",
        "ensurepip",
        "setuptools",
        "pytest",
        "docker",
        "kubernetes",
        "google",
        "_pytest",
        "bin",
    ],
)
def test_it_leaves_out(added: dict[str, tuple[int, int]], unwanted: str):
    """Neither installers nor tests nor what kfp's client requires."""
    assert [path for path in added if path.startswith(f"{SITE}/{unwanted}/")] == []


@pytest.mark.parametrize("pattern", ["**/tests/**", "**/*.h", "**/*.pyx", "**/*.pyi"])
def test_layers_leave_out(added: dict[str, tuple[int, int]], pattern: str):
    """Tests, headers and what only type checkers read are dead weight in a pod."""
    assert [path for path in added if PurePosixPath(path).full_match(pattern)] == []


def test_layers_add_plain_files_only(added: dict[str, tuple[int, int]]):
    """No file above the base can be written by others, or runs as its owner."""
    assert {mode for mode, _ in added.values()} == {0o644}


def test_privileged_files_of_the_base_are_known(base: Image):
    """A setuid, setgid or world-writable path that the list does not name is new: look at it."""
    lines = Path(os.environ["BASE_SETID"]).read_text(encoding="utf-8").splitlines()
    known = {line for line in lines if line and not line.startswith("#")}
    special = stat.S_ISUID | stat.S_ISGID | stat.S_IWOTH
    found = {
        member.name
        for layer in base.layers
        for member in members(layer)
        if member.mode & special and not member.issym()
    }
    assert found
    assert found - known == set()


@pytest.mark.parametrize(
    "pattern",
    ["**/bin/pip*", "**/bin/*gcc*", "**/bin/cc", "**/bin/make", "**/.*history", "**/pip/*"],
)
def test_no_file_matches(image: Image, pattern: str):
    """No installer, no compiler, no shell history, in the base either."""
    assert [path for path in image.files if PurePosixPath(path).full_match(pattern)] == []


def test_the_wheel_is_installed(image: Image, added: dict[str, tuple[int, int]]):
    """The layers hold the files of the wheel as they are, and what an installer adds to them."""
    with zipfile.ZipFile(os.environ["WHEEL"]) as wheel:
        wanted = {f"{SITE}/{name}": wheel.read(name) for name in wheel.namelist()}
    info = f"{SITE}/kfp_component_lib-{VERSION}.dist-info"
    record = wanted.pop(f"{info}/RECORD")
    found = image.read(f"{SITE}/kfp_component_lib*/**")
    assert {path: found.get(path) for path in wanted} == wanted
    installed = {path for path in found.keys() - wanted.keys() if not path.endswith(".pyc")}
    assert installed == {f"{info}/RECORD", f"{info}/INSTALLER"}
    assert record != found[f"{info}/RECORD"]


def test_record_names_what_is_installed(image: Image):
    """Each file of the distribution, in whichever layer; hashes would change one at each edit."""
    info = f"{SITE}/kfp_component_lib-{VERSION}.dist-info"
    (record,) = image.read(f"{info}/RECORD").values()
    rows = list(csv.reader(record.decode().splitlines()))
    own = {path for path in image.files if path.startswith(f"{SITE}/kfp_component_lib")}
    assert {f"{SITE}/{path}" for path, _, _ in rows} == own
    assert {(digest, size) for _, digest, size in rows} == {("", "")}
