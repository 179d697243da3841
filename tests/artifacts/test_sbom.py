"""Tests of the software bill of materials against the layers of the image and the lock file."""

import hashlib
import json
import os
import platform
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.spdx import is_expression, is_supported_id
from cyclonedx.validation.json import JsonStrictValidator
from oci_layout import Image
from packageurl import PackageURL
from packaging.utils import canonicalize_name

OWN = "kfp-component-lib"


@pytest.fixture(scope="module")
def image() -> Image:
    """Return the image."""
    return Image(Path(os.environ["IMAGE"]))


@pytest.fixture(scope="module")
def text() -> str:
    """Return the text of the bill of materials."""
    return Path(os.environ["SBOM"]).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def bill(text: str) -> dict:
    """Return the parsed bill of materials."""
    return json.loads(text)


@pytest.fixture(scope="module")
def listed(bill: dict) -> dict[str, dict]:
    """Return the components of the bill that have a package URL, by this URL."""
    components = [component for component in bill["components"] if "purl" in component]
    found = {component["purl"]: component for component in components}
    assert len(found) == len(components)
    return found


@pytest.fixture(scope="module")
def locked() -> dict[str, set[str]]:
    """Return the hashes in the lock file, by the package URL of each requirement."""
    lock = Path(os.environ["LOCK"]).read_text(encoding="utf-8")
    blocks = re.findall(r"^([\w.-]+)==([^\s;]+)(.*?)(?=^\w|\Z)", lock, re.DOTALL | re.MULTILINE)
    return {
        f"pkg:pypi/{canonicalize_name(name)}@{version}": set(re.findall(r"sha256:(\w+)", rest))
        for name, version, rest in blocks
    }


def test_it_is_cyclonedx(text: str):
    """The bill is valid by the strict schema of CycloneDX 1.6."""
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_it_names_the_image(image: Image, text: str):
    """The bill describes this image, with its digest and its architecture."""
    subject = json.loads(text)["metadata"]["component"]
    assert subject["purl"].endswith(f"?arch={image.config['architecture']}")
    assert subject["type"] == "container"
    assert subject["hashes"][0]["content"] == image.digest.removeprefix("sha256:")


def test_distributions_are_those_in_the_layers(image: Image, listed: dict[str, dict]):
    """The bill lists the distributions that have metadata in the image, and no others."""
    infos = {path.split("/")[2] for path in image.files if ".dist-info/" in path}
    expected = {
        f"pkg:pypi/{canonicalize_name(name)}@{version}"
        for name, version in (info.removesuffix(".dist-info").split("-") for info in infos)
    }
    assert {purl for purl in listed if purl.startswith("pkg:pypi/")} == expected


def test_hashes_are_those_of_the_lock(listed: dict[str, dict], locked: dict[str, set[str]]):
    """The hash of each third-party wheel is one that the lock file allows."""
    for purl, component in listed.items():
        if purl.startswith("pkg:pypi/") and component["name"] != OWN:
            (digest,) = component["hashes"]
            assert digest["content"] in locked[purl], purl


def test_every_distribution_has_a_licence_of_spdx(listed: dict[str, dict]):
    """Every distribution has a licence, which is an SPDX identifier or an SPDX expression."""
    for purl, component in listed.items():
        if purl.startswith("pkg:pypi/"):
            (entry,) = component["licenses"]
            text = entry.get("expression") or entry["license"].get("id")
            assert text, (purl, entry)
            assert is_supported_id(text) or is_expression(text), purl
    (kfp,) = [c for purl, c in listed.items() if purl.startswith("pkg:pypi/kfp@")]
    (own,) = [c for purl, c in listed.items() if purl.startswith(f"pkg:pypi/{OWN}@")]
    assert kfp["licenses"] == own["licenses"] == [{"license": {"id": "Apache-2.0"}}]


def test_the_packages_of_the_base_are_those_of_dpkg(image: Image, listed: dict[str, dict]):
    """The bill has the name and version of every package in the status file of dpkg."""
    (status,) = image.read("var/lib/dpkg/status").values()
    names = re.findall(r"^Package: (.+)$", status.decode(), re.MULTILINE)
    versions = re.findall(r"^Version: (.+)$", status.decode(), re.MULTILINE)
    components = [c for purl, c in listed.items() if purl.startswith("pkg:deb/debian/")]
    assert {(c["name"], c["version"]) for c in components} == set(zip(names, versions, strict=True))
    assert len(components) > 50


def test_python_is_listed(image: Image, listed: dict[str, dict]):
    """Python is listed as a Debian package, or by the version that Docker's image states."""
    packaged = [purl for purl in listed if purl.startswith("pkg:deb/debian/python3.")]
    built = [purl for purl in listed if purl.startswith("pkg:generic/python@")]
    version = image.environment().get("PYTHON_VERSION")
    assert built == ([f"pkg:generic/python@{version}"] if version else [])
    assert bool(packaged) != bool(built)


def test_purls_of_packages_say_what_scanners_look_for(image: Image, listed: dict[str, dict]):
    """URLs of Debian packages state distribution, architecture, and a differing source package."""
    (status,) = image.read("var/lib/dpkg/status").values()
    sources = {
        re.search(r"^Package: (.+)$", text, re.MULTILINE)[1]: re.search(
            r"^Source: (\S+)", text, re.MULTILINE
        )
        for text in status.decode().strip().split("\n\n")
    }
    assert any(sources.values())
    for purl, component in listed.items():
        if purl.startswith("pkg:deb/"):
            qualifiers = PackageURL.from_string(purl).qualifiers
            assert qualifiers["distro"] == "debian-13", purl
            assert qualifiers["arch"] in {"all", image.config["architecture"]}
            source = sources[component["name"]]
            assert qualifiers.get("upstream", "").partition("@")[0] == (source[1] if source else "")


def test_the_operating_system_is_a_component(image: Image, bill: dict):
    """The operating system has the name and version by which scanners choose their data."""
    (release,) = image.read("usr/lib/os-release").values()
    (system,) = [c for c in bill["components"] if c["type"] == "operating-system"]
    assert f"ID={system['name']}\n" in release.decode()
    assert f'VERSION_ID="{system["version"]}"' in release.decode()


def test_shared_libraries_of_distributions_are_listed(image: Image, bill: dict):
    """Every shared library that a wheel brings along is listed by its path and hash."""
    files = {path: data for path, data in image.read("opt/**/lib[!.]*.so*").items()}
    named = {
        c["properties"][0]["value"].lstrip("/"): c["hashes"][0]["content"]
        for c in bill["components"]
        if c["type"] == "file"
    }
    assert named == {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}
    assert any("openblas" in path for path in named)


def test_who_made_it_and_how_is_said(bill: dict):
    """The bill states the suppliers, the phase of the life cycle, and the tools."""
    metadata = bill["metadata"]
    assert metadata["lifecycles"] == [{"phase": "build"}]
    assert {tool["name"] for tool in metadata["tools"]["components"]} >= {"image_sbom"}
    assert metadata["component"]["properties"] == [
        {"name": "kfp_component_lib:compiler", "value": platform.python_version()}
    ]
    assert metadata["supplier"] == {"name": "The kfp_component_lib authors"}
    without = [
        c["name"] for c in bill["components"] if c["type"] == "library" and "supplier" not in c
    ]
    assert without == []


def test_everything_can_be_reached_from_the_image(bill: dict):
    """Each component of the bill is a direct or indirect dependency of the image."""
    edges = {entry["ref"]: entry.get("dependsOn", []) for entry in bill["dependencies"]}
    waiting, reached = [bill["metadata"]["component"]["bom-ref"]], set()
    while waiting:
        reference = waiting.pop()
        if reference not in reached:
            reached.add(reference)
            waiting += edges[reference]
    assert reached >= {c["bom-ref"] for c in bill["components"]}
    own = next(ref for ref in edges if ref.startswith(f"pkg:pypi/{OWN}@"))
    assert {ref.partition("@")[0] for ref in edges[own]} >= {"pkg:pypi/numpy", "pkg:pypi/pyarrow"}
    bash = next(ref for ref in edges if ref.startswith("pkg:deb/debian/bash@"))
    assert any("/libc6@" in ref for ref in edges[bash])


def test_licences_of_packages_are_those_of_their_copyright_files(
    image: Image, listed: dict[str, dict]
):
    """A licence is stated only if the copyright file names it, by Debian's short name or SPDX's."""
    files = image.read("usr/share/doc/*/copyright")
    asserted, identified = set(), set()
    for purl, component in listed.items():
        if not purl.startswith("pkg:deb/"):
            continue
        text = files.get(f"usr/share/doc/{component['name']}/copyright", b"").decode()
        written = {" ".join(line.split()[1:]) for line in text.splitlines() if "icense:" in line}
        for entry in component["licenses"]:
            known, name = entry["license"].get("id"), entry["license"].get("name")
            if name == "NOASSERTION":
                assert not text.startswith("Format:"), purl
            else:
                asserted.add(component["name"])
                assert name in written if name else any(map(as_debian(known), written)), (
                    purl,
                    known,
                )
                identified |= {known} - {None}
    assert asserted >= {"bash", "coreutils", "libc6"}
    assert identified >= {"GPL-2.0-or-later", "GPL-3.0-or-later", "LGPL-2.1-or-later", "MIT"}


def as_debian(identifier: str) -> Callable[[str], bool]:
    """Return a function that tells whether a Debian short name may mean the SPDX identifier."""
    family = identifier.split("-")[0].casefold()
    names = {"mit": ("mit", "expat")}.get(family, (family,))
    return lambda name: name.casefold().startswith(names)
