"""The Python part of an image: distributions, the libraries inside them, and the interpreter."""

import email.parser
import email.utils
import hashlib
import json
import re
import sys
from collections.abc import Iterator, Mapping
from email.message import Message
from pathlib import Path, PurePosixPath

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.contact import OrganizationalContact, OrganizationalEntity
from cyclonedx.model.license import DisjunctiveLicense, License
from oci_layout import Image
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name, parse_wheel_filename

PATH = "kfp_component_lib:path"  # The property with the absolute path of a file in the image.
_OSI = "License :: OSI Approved :: "
# The classifiers that correspond to exactly one licence in SPDX's list.
_CLASSIFIED = {
    "Apache Software License": "Apache-2.0",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
_SHARED_LIBRARY = re.compile(r"lib[^./][^/]*\.so(\.\d+)*")


class Distributions:
    """The distributions in an image.

    Attributes:
        components: The distributions, and the components inside them.
        edges: The dependencies of each component among all components.
    """

    def __init__(self, image: Image, wheels: list[Path], licenses: Mapping[str, str], owner: str):
        """Read the metadata in the image.

        Args:
            image: The image.
            wheels: The wheel of every distribution in it.
            licenses: The licence of each distribution without an SPDX licence, by its name.
            owner: The target that errors name.
        """
        known = _hashes(wheels)
        metadata = {
            path: email.parser.HeaderParser().parsestr(content.decode())
            for path, content in image.read("**/*.dist-info/METADATA").items()
        }
        self._named: dict[NormalizedName, Component] = {}
        for path, fields in metadata.items():
            name, version = canonicalize_name(fields["Name"]), fields["Version"]
            if (name, version) not in known:
                sys.exit(
                    f"{owner}.wheels must have the wheel of every distribution in the image, "
                    f"got none for {name} {version} in {path}. Add it."
                )
            license = _license(fields, licenses, owner)
            self._named[name] = _distribution(fields, known[name, version], license)
        self.edges = {
            component: [self._named[name] for name in _required(fields) if name in self._named]
            for component, fields in zip(self._named.values(), metadata.values(), strict=True)
        }
        self.components = list(self._named.values())
        for path, within in _vendored(image):
            around = self._owner(path)
            # auditwheel lists the distribution itself as well as the libraries inside it.
            if not _is_of_pypi(within, around.name):
                self.components.append(within)
                self.edges.setdefault(around, []).append(within)

    def find(self, name: str) -> Component | None:
        """Return a distribution by its name."""
        return self._named.get(canonicalize_name(name))

    def _owner(self, path: str) -> Component:
        """Return the distribution for a path inside NAME, NAME.libs or NAME-1.dist-info."""
        for part in PurePosixPath(path).parts:
            name = canonicalize_name(re.split(r"[.-]", part, maxsplit=1)[0])
            if found := self._named.get(name):
                return found
        sys.exit(
            f"{path} must be in the folder of a distribution, got none of {list(self._named)}."
        )


def interpreter(image: Image) -> list[Component]:
    """Describe a Python that no package has installed, such as that of Docker's python images."""
    paths = [PurePosixPath(path) for path in image.files]
    if not any(path.full_match("usr/local/bin/python3.[0-9]*") for path in paths):
        return []
    version = image.environment()["PYTHON_VERSION"]
    purl = PackageURL("generic", None, "python", version)
    return [
        Component(
            name="python",
            version=version,
            type=ComponentType.APPLICATION,
            bom_ref=str(purl),
            purl=purl,
            cpe=f"cpe:2.3:a:python:python:{version}:*:*:*:*:*:*:*",
            licenses=[DisjunctiveLicense(id="Python-2.0")],
            supplier=OrganizationalEntity(name="Python Software Foundation"),
        )
    ]


def license_of(metadata: Message) -> License | None:
    """Return the most precise licence in a distribution's metadata, or None if there is none.

    Source:
        Core metadata specifications, packaging.python.org: License-Expression, License, Classifier.
    """
    classifiers = metadata.get_all("Classifier") or []
    named = [c.removeprefix(_OSI) for c in classifiers if c.startswith(_OSI)]
    classified = " AND ".join(_CLASSIFIED.get(name, name) for name in named)
    # The field License often contains the whole text of a licence.
    short = [text for text in metadata.get_all("License") or [] if "\n" not in text]
    found = [metadata["License-Expression"], *short, classified]
    text = next(filter(None, found), None)
    return LicenseFactory().make_from_string(text) if text else None


def _license(metadata: Message, licenses: Mapping[str, str], owner: str) -> License:
    """Return the licence in a distribution's metadata, or the one that is given for it."""
    name, said = canonicalize_name(metadata["Name"]), license_of(metadata)
    named = isinstance(said, DisjunctiveLicense) and not said.id
    given = licenses.get(name)
    if given and said and not named:
        sys.exit(f"{owner}.licenses must not name {name}, whose metadata has a licence. Remove it.")
    if not given and not said:
        sys.exit(f"{owner}.licenses must name {name}, whose metadata has no licence. Add it.")
    return LicenseFactory().make_from_string(given) if given else said


def entity(person: str) -> OrganizationalEntity:
    """Return the person or organization for a name, an address, or both as in a mail header."""
    name, address = email.utils.parseaddr(person)
    contacts = [OrganizationalContact(name=name or None, email=address)] if "@" in address else []
    return OrganizationalEntity(name=name or person, contacts=contacts)


def _distribution(metadata: Message, digest: HashType, license: License) -> Component:
    name, version = canonicalize_name(metadata["Name"]), metadata["Version"]
    purl = PackageURL("pypi", None, name, version)
    fields = ("Author", "Author-email", "Maintainer", "Maintainer-email")
    people = [metadata[field] for field in fields if metadata[field]]
    return Component(
        name=name,
        version=version,
        bom_ref=str(purl),
        purl=purl,
        hashes=[digest],
        licenses=[license],
        supplier=entity(people[0]) if people else None,
    )


def _hashes(wheels: list[Path]) -> Mapping[tuple[NormalizedName, str], HashType]:
    """Return the SHA-256 of each wheel by name and version."""
    found = {}
    for wheel in wheels:
        name, version, _, _ = parse_wheel_filename(wheel.name)
        found[name, str(version)] = _sha256(wheel.read_bytes())
    return found


def _sha256(content: bytes) -> HashType:
    return HashType(alg=HashAlgorithm.SHA_256, content=hashlib.sha256(content).hexdigest())


def _required(metadata: Message) -> Iterator[NormalizedName]:
    """Yield the names of what a distribution requires on a Linux machine, without its extras."""
    for text in metadata.get_all("Requires-Dist") or []:
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield canonicalize_name(requirement.name)


def _vendored(image: Image) -> Iterator[tuple[str, Component]]:
    """Yield the contents of distributions besides Python: shared libraries and listed components.

    Source:
        PEP 770, for the bills in `.dist-info/sboms`.
    """
    for folder in filter(None, image.environment().get("PYTHONPATH", "").split(":")):
        for path, content in sorted(image.read(f"{folder.lstrip('/')}/**/lib*.so*").items()):
            if _SHARED_LIBRARY.fullmatch(PurePosixPath(path).name):
                yield path, _file(path, content)
    for path, content in sorted(image.read("**/*.dist-info/sboms/*").items()):
        for component in json.loads(content).get("components", []):
            if "purl" in component:
                purl = PackageURL.from_string(component["purl"])
                supplier = entity(purl.namespace) if purl.namespace else None
                version = purl.version
                yield (
                    path,
                    Component(name=purl.name, version=version, purl=purl, supplier=supplier),
                )


def _is_of_pypi(component: Component, name: str) -> bool:
    purl = component.purl
    return purl is not None and purl.type == "pypi" and canonicalize_name(purl.name) == name


def _file(path: str, content: bytes) -> Component:
    return Component(
        name=PurePosixPath(path).name,
        type=ComponentType.FILE,
        bom_ref=f"/{path}",
        hashes=[_sha256(content)],
        properties=[Property(name=PATH, value=f"/{path}")],
    )
