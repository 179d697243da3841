"""Tests of the image: how it starts, what its layers contain, and what they must not contain."""

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
    """Return each file in a layer above the base, as a path with its mode and layer number."""
    found = {}
    for number, layer in enumerate(image.above(base)):
        for member in members(layer):
            if not member.isdir():
                assert member.name not in found, f"{member.name} is in two layers"
                found[member.name] = (member.mode, number)
    return found


def test_it_runs_as_a_number_that_is_not_root(image: Image):
    """Kubernetes can check runAsNonRoot for a numeric user; group 0 lets any UID read the files."""
    user, _, group = image.config["config"]["User"].partition(":")
    assert user.isdecimal()
    assert int(user) > 0
    assert group == "0"


def test_it_has_no_entrypoint(image: Image):
    """KFP's runners pass a command only; an entrypoint would swallow it."""
    assert "Entrypoint" not in image.config["config"]


def test_python_finds_the_layers(image: Image, base: Image):
    """PYTHONPATH names the folder of the added layers, and the base's environment is kept."""
    assert image.environment() == base.environment() | {"PYTHONPATH": f"/{SITE}"}


def test_of_the_base_only_unspecific_labels_stay(image: Image, base: Image):
    """OCI labels of the base, like its version, would be wrong for the image, which has its own."""
    inherited = base.config["config"].get("Labels") or {}
    kept = {key: value for key, value in inherited.items() if not key.startswith(OCI)}
    assert image.config["config"]["Labels"] == OWN | kept


def test_annotations_are_the_labels_and_the_base(image: Image, base: Image):
    """The image does not inherit the base's annotations, but names the base by its digest."""
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
    """Each of these distributions has its own layer, so its new release changes no other layer."""
    layers: dict[str, set[int]] = {}
    for path, (_, number) in added.items():
        layers.setdefault(PurePosixPath(path).parts[2], set()).add(number)
    order = ("numpy", "pyarrow", "pandas", "scipy", "sklearn", "skops", "kfp")
    assert [layers[name] for name in order] == [{number} for number in range(2, 9)]
    assert min(layers["kfp_component_lib"]) == 10


def test_a_module_lies_beside_its_bytecode(added: dict[str, tuple[int, int]]):
    """A module and its bytecode are in the same layer, because an edit changes both."""
    own = {p: n for p, (_, n) in added.items() if p.startswith(f"{SITE}/kfp_component_lib/")}
    assert len(set(own.values())) > 5
    for path in (path for path in own if path.endswith(".py")):
        assert own[cache_from_source(path)] == own[path], path


def test_it_adds_few_layers(image: Image, base: Image):
    """Container engines accept at most about 125 layers, including those of the base."""
    assert len(image.above(base)) <= 110


def test_the_base_stays_as_it_is(base: Image, added: dict[str, tuple[int, int]]):
    """The layers replace no file of the base; they remove files and add bytecode of its modules."""
    assert added.keys() & base.files.keys() == set()
    outside = {PurePosixPath(path) for path in added if not path.startswith(f"{SITE}/")}
    whiteouts = {path for path in outside if path.name.startswith(".wh.")}
    bytecode = outside - whiteouts
    assert bytecode
    assert {source_from_cache(str(path)) for path in bytecode} <= base.files.keys()


def test_every_module_is_compiled(added: dict[str, tuple[int, int]]):
    """A module without bytecode would be compiled again whenever a pod starts."""
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
    """Installers, test tools and the requirements of KFP's client are not in the image."""
    assert [path for path in added if path.startswith(f"{SITE}/{unwanted}/")] == []


@pytest.mark.parametrize("pattern", ["**/tests/**", "**/*.h", "**/*.pyx", "**/*.pyi"])
def test_layers_leave_out(added: dict[str, tuple[int, int]], pattern: str):
    """A pod has no use for tests, C headers, Cython sources and type stubs."""
    assert [path for path in added if PurePosixPath(path).full_match(pattern)] == []


def test_layers_add_plain_files_only(added: dict[str, tuple[int, int]]):
    """Every file above the base has mode 0644: neither writable by others nor setuid."""
    assert {mode for mode, _ in added.values()} == {0o644}


def test_privileged_files_of_the_base_are_known(base: Image):
    """Every setuid, setgid or world-writable path of the base is on the list of reviewed paths."""
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
    """Neither the layers nor the base contain an installer, a compiler or a shell history."""
    assert [path for path in image.files if PurePosixPath(path).full_match(pattern)] == []


def test_the_wheel_is_installed(image: Image, added: dict[str, tuple[int, int]]):
    """The wheel's files are unchanged in the layers except for RECORD, and INSTALLER is added."""
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
    """RECORD lists each file of the distribution, but no hashes, which every edit would change."""
    info = f"{SITE}/kfp_component_lib-{VERSION}.dist-info"
    (record,) = image.read(f"{info}/RECORD").values()
    rows = list(csv.reader(record.decode().splitlines()))
    own = {path for path in image.files if path.startswith(f"{SITE}/kfp_component_lib")}
    assert {f"{SITE}/{path}" for path, _, _ in rows} == own
    assert {(digest, size) for _, digest, size in rows} == {("", "")}
