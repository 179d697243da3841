"""The bill of materials, held against the layers and the lock."""

import json
import os
import re
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from oci_layout import Image
from packaging.utils import canonicalize_name

OWN = "kfp-component-lib"


@pytest.fixture(scope="module")
def image() -> Image:
    """Return the image."""
    return Image(Path(os.environ["IMAGE"]))


@pytest.fixture(scope="module")
def text() -> str:
    """Return the bill."""
    return Path(os.environ["SBOM"]).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def listed(text: str) -> dict[str, dict]:
    """Return the bill's components by package URL."""
    components = json.loads(text)["components"]
    found = {component["purl"]: component for component in components}
    assert len(found) == len(components)
    return found


@pytest.fixture(scope="module")
def locked() -> dict[str, set[str]]:
    """Return the lock's hashes by requirement."""
    lock = Path(os.environ["LOCK"]).read_text(encoding="utf-8")
    blocks = re.findall(r"^([\w.-]+)==([^\s;]+)(.*?)(?=^\w|\Z)", lock, re.DOTALL | re.MULTILINE)
    return {
        f"pkg:pypi/{canonicalize_name(name)}@{version}": set(re.findall(r"sha256:(\w+)", rest))
        for name, version, rest in blocks
    }


def test_it_is_cyclonedx(text: str):
    """The strict schema of CycloneDX 1.6 accepts it."""
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_it_names_the_image(image: Image, text: str):
    """The bill is of this very image, and says of which architecture."""
    subject = json.loads(text)["metadata"]["component"]
    assert subject["purl"].endswith(f"?arch={image.config['architecture']}")
    assert subject["type"] == "container"
    assert subject["hashes"][0]["content"] == image.digest.removeprefix("sha256:")


def test_distributions_are_those_in_the_layers(image: Image, listed: dict[str, dict]):
    """What has modules or metadata in the image is listed, and nothing else."""
    infos = {path.split("/")[2] for path in image.files if ".dist-info/" in path}
    expected = {
        f"pkg:pypi/{canonicalize_name(name)}@{version}"
        for name, version in (info.removesuffix(".dist-info").split("-") for info in infos)
    }
    assert {purl for purl in listed if purl.startswith("pkg:pypi/")} == expected


def test_hashes_are_those_of_the_lock(listed: dict[str, dict], locked: dict[str, set[str]]):
    """Each third-party wheel is one that the lock allows."""
    for purl, component in listed.items():
        if purl.startswith("pkg:pypi/") and component["name"] != OWN:
            (digest,) = component["hashes"]
            assert digest["content"] in locked[purl], purl


def test_every_distribution_has_a_licence(listed: dict[str, dict]):
    """None is without, our own among them."""
    without = [purl for purl, c in listed.items() if "pkg:pypi/" in purl and not c.get("licenses")]
    assert without == []
    (own,) = [c for purl, c in listed.items() if purl.startswith(f"pkg:pypi/{OWN}@")]
    assert own["licenses"] == [{"license": {"id": "Apache-2.0"}}]


def test_the_packages_of_the_base_are_those_of_dpkg(image: Image, listed: dict[str, dict]):
    """Debian's list of installed packages, name by name and version by version."""
    (status,) = image.read("var/lib/dpkg/status").values()
    names = re.findall(r"^Package: (.+)$", status.decode(), re.MULTILINE)
    versions = re.findall(r"^Version: (.+)$", status.decode(), re.MULTILINE)
    components = [c for purl, c in listed.items() if purl.startswith("pkg:deb/debian/")]
    assert {(c["name"], c["version"]) for c in components} == set(zip(names, versions, strict=True))
    assert len(components) > 50


def test_python_is_listed(image: Image, listed: dict[str, dict]):
    """Debian's package, or what Docker's image says of the one that it has built."""
    packaged = [purl for purl in listed if purl.startswith("pkg:deb/debian/python3.")]
    built = [purl for purl in listed if purl.startswith("pkg:generic/python@")]
    version = image.environment().get("PYTHON_VERSION")
    assert built == ([f"pkg:generic/python@{version}"] if version else [])
    assert bool(packaged) != bool(built)


def test_licences_of_packages_are_those_of_their_copyright_files(
    image: Image, listed: dict[str, dict]
):
    """Each name is in the package's file; where the file is free text, nothing is asserted."""
    files = image.read("usr/share/doc/*/copyright")
    asserted = set()
    for purl, component in listed.items():
        if not purl.startswith("pkg:deb/"):
            continue
        text = files.get(f"usr/share/doc/{component['name']}/copyright", b"").decode()
        names = {
            license["license"].get("id") or license["license"]["name"]
            for license in component["licenses"]
        }
        if names == {"NOASSERTION"}:
            assert not text.startswith("Format:"), purl
        else:
            asserted.add(component["name"])
            written = {" ".join(line.casefold().split()) for line in text.splitlines()}
            assert {f"license: {name}".casefold() for name in names} <= written, purl
    assert asserted >= {"bash", "coreutils", "libc6"}
