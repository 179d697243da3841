"""Tests of the source archive: what a build packs, what describes it, and what is refused."""

import gzip
import io
import json
import os
import tarfile
from pathlib import Path

import pytest

from kfp_component_lib import VERSION
from kfp_component_lib.verification.bundle import strange_in
from kfp_component_lib.verification.errors import DeliveryError
from kfp_component_lib.verification.source_archive import (
    check_source,
    check_source_of_wheel,
    integrity_of,
)
from release.source_archive_main import pack, read_files

_WHEEL = {
    "kfp_component_lib/__init__.py": b"TEXT = 'one'\n",
    "kfp_component_lib/_build_info.py": b"VERSION = '0.1.0'\n",
    "kfp_component_lib-0.1.0.dist-info/METADATA": b"Name: kfp-component-lib\n",
}
_FILES = {
    "MODULE.bazel": b'"""About."""\nmodule(\n    name = "kfp_component_lib",\n    version = "0.1.0",\n)\n',
    "bazelw": b"#!/bin/bash\n",
    "kfp_component_lib/__init__.py": b"TEXT = 'one'\n",
}
_PREFIX = "kfp_component_lib-0.1.0"
_NAME = f"{_PREFIX}.tar.gz"


def _bundle(archive: bytes, **changes: object) -> dict[str, bytes]:
    """Return what a bundle has of a source archive, with changes in its description."""
    described = {
        "url": f"https://example.com/{_NAME}",
        "integrity": integrity_of(archive),
        "strip_prefix": _PREFIX,
    }
    written = {k: v for k, v in (described | changes).items() if v is not None}
    return {_NAME: archive, "source.json": json.dumps(written).encode()}


def _with(*entries: tarfile.TarInfo, prefix: str = _PREFIX) -> dict[str, bytes]:
    """Return a bundle whose archive has further entries, and whose description matches it."""
    plain = io.BytesIO(gzip.decompress(pack(_FILES, set(), prefix)))
    with tarfile.open(fileobj=plain, mode="a") as tar:
        for entry in entries:
            tar.addfile(entry, io.BytesIO(bytes(entry.size)))
    return _bundle(gzip.compress(plain.getvalue()))


def _entry(name: str, **attributes: object) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    for attribute, value in attributes.items():
        setattr(entry, attribute, value)
    return entry


def _changed(**files: bytes | None) -> dict[str, bytes]:
    """Return a bundle with other files, named by their first word, in its archive."""
    names = {"module": "MODULE.bazel"}
    found = {**_FILES, **{names[name]: content for name, content in files.items()}}
    packed = {name: content for name, content in found.items() if content is not None}
    return _bundle(pack(packed, set(), _PREFIX))


_GOOD = pack(_FILES, {"bazelw"}, _PREFIX)
TAMPERED = {
    "no archive": ({"source.json": _bundle(_GOOD)["source.json"]}, "source archives of the bundle"),
    "no description": ({_NAME: _GOOD}, "source.json must be a JSON object"),
    "two archives": (_bundle(_GOOD) | {"b.tar.gz": _GOOD}, "source archives of the bundle"),
    "another hash": (_bundle(_GOOD, integrity=integrity_of(b"")), "integrity in source.json"),
    "no hash": (_bundle(_GOOD, integrity=None), "integrity in source.json"),
    "another folder": (_bundle(_GOOD, strip_prefix="x"), "strip_prefix in source.json"),
    "another file": (_bundle(_GOOD, url="https://example.com/x.tar.gz"), "must have the url of"),
    "a url that is no text": (_bundle(_GOOD, url=[_NAME]), "must have the url of"),
    "a patch": (_bundle(_GOOD, patches={"p": "sha256-x"}), "must have the url of .* and no more"),
    "no JSON": (_bundle(_GOOD) | {"source.json": b"{"}, "source.json must be a JSON object"),
    "nested JSON": (_bundle(_GOOD) | {"source.json": b"[" * 10**5}, "must be a JSON object"),
    "no tar": (_bundle(gzip.compress(b"text")), "must be a tar.gz archive"),
    "no gzip": (_bundle(b"text"), "must be a tar.gz archive"),
    "a cut archive": (_bundle(_GOOD[:100]), "must be a tar.gz archive|version in MODULE.bazel"),
    "a bomb": (_bundle(gzip.compress(bytes(65 << 20))), "must have at most 67,108,864 bytes"),
    "no version": (_changed(module=b"module()"), "version in MODULE.bazel"),
    "another version": (
        _changed(module=_FILES["MODULE.bazel"].replace(b"0.1.0", b"0.2.0")),
        "version in MODULE.bazel .* must be '0.1.0', got '0.2.0'",
    ),
    "no Starlark": (_changed(module=b"module("), "version in MODULE.bazel"),
    "no MODULE": (_changed(module=None), "version in MODULE.bazel"),
    "a file outside": (_with(_entry("evil", size=1)), "must have files below"),
    "a file above": (_with(_entry(f"{_PREFIX}/../evil")), "must have files below"),
    "an absolute path": (_with(_entry("/evil")), "must have files below"),
    "a link": (
        _with(_entry(f"{_PREFIX}/link", type=tarfile.SYMTYPE, linkname="/etc/passwd")),
        "must have files below",
    ),
    "below another folder": (_with(prefix="x"), "must have files below"),
}


def test_a_matching_archive_is_accepted():
    """The archive, its description and the wheel belong together."""
    found = check_source(_bundle(_GOOD), "0.1.0")
    assert found == _FILES
    check_source_of_wheel(found, _WHEEL)
    assert strange_in(_bundle(_GOOD)) == []


@pytest.mark.parametrize("case", TAMPERED)
def test_a_tampered_archive_is_found(case):
    """The message says what does not match."""
    files, message = TAMPERED[case]
    with pytest.raises(DeliveryError, match=message):
        check_source(files, "0.1.0")


@pytest.mark.parametrize("change", [{"kfp_component_lib/__init__.py": b"TEXT = 'evil'\n"}, {}])
def test_another_module_than_in_the_wheel_is_found(change):
    """A module that was changed, or is missing."""
    files = {k: v for k, v in _FILES.items() if k == "MODULE.bazel"} | change
    with pytest.raises(DeliveryError, match=r"differ in the source archive must be \[\], got"):
        check_source_of_wheel(files, _WHEEL)


def test_packing_depends_on_nothing_but_the_files(tmp_path):
    """Order, time and owner of the files leave no trace; programs stay programs."""
    for name, content in reversed(_FILES.items()):
        path = tmp_path / "files" / f"{name}.file"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    os.utime(tmp_path / "files" / "bazelw.file", (1, 1))
    assert pack(read_files(tmp_path / "files"), {"bazelw"}, _PREFIX) == _GOOD
    with tarfile.open(fileobj=io.BytesIO(_GOOD)) as tar:
        modes = {entry.name.removeprefix(f"{_PREFIX}/"): entry.mode for entry in tar}
    assert modes == {name: 0o755 if name == "bazelw" else 0o644 for name in _FILES}


def test_the_built_archive_has_everything_that_git_tracks():
    """It has the folders that Bazel does not see, and its description is the one of a registry."""
    built = {Path(path).name: Path(path).read_bytes() for path in os.environ["SOURCE"].split()}
    found = check_source(built, VERSION)
    assert {
        "bazelw",
        "offline/rules_oci/MODULE.bazel",
        "e2e/consumer/MODULE.bazel",
        ".github/workflows/ci.yml",
        "kfp_component_lib/__init__.py",
        "tools/workspace/.gitignore",
    } < found.keys()
    assert not [name for name in found if name.startswith(("bazel-", ".git/"))]
    described = json.loads(built["source.json"])
    template = json.loads(Path(".bcr/source.template.json").read_text(encoding="utf-8"))
    values = {"OWNER": "o", "REPO": "r", "TAG": f"v{VERSION}", "VERSION": VERSION}
    wanted = {key: text.format(**values) for key, text in template.items()}
    assert described.keys() == wanted.keys()
    assert described["strip_prefix"] == wanted["strip_prefix"]
    ends = [url.split("/releases/download/")[1] for url in (described["url"], wanted["url"])]
    assert ends[0] == ends[1]


def test_registry_metadata_is_complete():
    """The registry's tool fills in versions, and a team its name and its maintainers."""
    metadata = json.loads(Path(".bcr/metadata.template.json").read_text(encoding="utf-8"))
    assert sorted(metadata) == [
        "homepage",
        "maintainers",
        "repository",
        "versions",
        "yanked_versions",
    ]
