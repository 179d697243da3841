"""Lists what an image holds as a CycloneDX bill of materials: wheels, and the base's packages."""

import argparse
import hashlib
import re
import sys
import uuid
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path, PurePosixPath

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense, License
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.spdx import fixup_id
from oci_layout import Image
from packageurl import PackageURL
from packaging.utils import NormalizedName, canonicalize_name, parse_wheel_filename

_OSI = "License :: OSI Approved :: "
_METADATA = "**/*.dist-info/METADATA"
_COPYRIGHT = "usr/share/doc/*/copyright"
_STATUS = "var/lib/dpkg/status"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def license_of(metadata: Message) -> License:
    """Return what a distribution says of its licence; the most exact that it says.

    Source:
        Core metadata specifications, packaging.python.org: License-Expression, License, Classifier.
    """
    classifiers = metadata.get_all("Classifier") or []
    named = [c.removeprefix(_OSI) for c in classifiers if c.startswith(_OSI)]
    # Many a License is a licence's whole text.
    short = [text for text in metadata.get_all("License") or [] if "\n" not in text]
    found = [metadata["License-Expression"], *short, " AND ".join(named)]
    if not any(found):
        sys.exit(f"{metadata['Name']} must say its licence in its metadata, got none.")
    return LicenseFactory().make_from_string(next(filter(None, found)))


def hashes(wheels: list[Path]) -> dict[tuple[NormalizedName, str], HashType]:
    """Return the SHA-256 of each wheel by name and version."""
    found = {}
    for wheel in wheels:
        name, version, _, _ = parse_wheel_filename(wheel.name)
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        found[name, str(version)] = HashType(alg=HashAlgorithm.SHA_256, content=digest)
    return found


def found_in(image: Image, wanted: str) -> dict[str, bytes]:
    """Return files of the image that match one of the globs that bills are made from."""
    return {
        path: content
        for path, content in image.read(_METADATA, _COPYRIGHT, _STATUS).items()
        if PurePosixPath(path).full_match(wanted)
    }


def metadata_of(wheel: Path) -> dict[str, bytes]:
    """Return the metadata in a wheel: path, to content."""
    with zipfile.ZipFile(wheel) as archive:
        (path,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return {path: archive.read(path)}


def distributions(
    image: Image, known: Mapping[tuple[NormalizedName, str], HashType], own: Path | None, owner: str
) -> list[Component]:
    """Describe the Python distributions whose metadata the image holds.

    Args:
        image: The image.
        known: The hash of every distribution's wheel.
        own: The wheel of the library; a component's image has some of its modules, and no metadata.
        owner: The target that errors name.
    """
    found: list[Component] = []
    for path, content in {
        **found_in(image, _METADATA),
        **(metadata_of(own) if own else {}),
    }.items():
        metadata = HeaderParser().parsestr(content.decode())
        name, version = canonicalize_name(metadata["Name"]), metadata["Version"]
        if (name, version) not in known:
            sys.exit(
                f"{owner}.wheels must have the wheel of every distribution in the image, "
                f"got none for {name} {version} in {path}. Add it."
            )
        purl = PackageURL("pypi", None, name, version)
        if any(component.purl == purl for component in found):
            continue
        found.append(
            Component(
                name=name,
                version=version,
                bom_ref=str(purl),
                purl=purl,
                hashes=[known[name, version]],
                licenses=[license_of(metadata)],
            )
        )
    return found


def debian_licenses(copyright_file: str) -> list[License]:
    """Return the licences that a copyright file names; NOASSERTION if it is free text, or absent.

    Debian's short names are kept as they are unless SPDX has the same: GPL-2+ is a name.

    Source:
        Machine-readable debian/copyright file, version 1.0 (DEP 5).
    """
    named = re.findall(r"^License:[ \t]*(\S.*?)[ \t]*$", copyright_file, re.MULTILINE)
    if not copyright_file.startswith("Format:") or not named:
        return [DisjunctiveLicense(name="NOASSERTION")]
    found = {fixup_id(name) or name: fixup_id(name) for name in named}
    return [
        DisjunctiveLicense(id=known) if known else DisjunctiveLicense(name=name)
        for name, known in sorted(found.items())
    ]


def debian_packages(image: Image) -> list[Component]:
    """Describe the Debian packages that the image's base has installed."""
    copyrights = {
        PurePosixPath(path).parent.name: content.decode(errors="replace")
        for path, content in found_in(image, _COPYRIGHT).items()
    }
    found = []
    for content in found_in(image, _STATUS).values():
        for paragraph in content.decode().strip().split("\n\n"):
            fields = HeaderParser().parsestr(paragraph)
            if fields["Status"].endswith(" installed"):
                found.append(debian_package(fields, copyrights.get(fields["Package"], "")))
    return found


def debian_package(fields: Message, copyright_file: str) -> Component:
    """Describe the package of a paragraph of dpkg's status."""
    name, version = fields["Package"], fields["Version"]
    purl = PackageURL("deb", "debian", name, version, {"arch": fields["Architecture"]})
    return Component(
        name=name,
        version=version,
        bom_ref=str(purl),
        purl=purl,
        licenses=debian_licenses(copyright_file),
    )


def interpreter(image: Image) -> list[Component]:
    """Describe the Python that no package brought, such as that of Docker's python images."""
    paths = [PurePosixPath(path) for path in image.files]
    if not any(path.full_match("usr/local/bin/python3.*") for path in paths):
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
        )
    ]


def bill(image: Image, name: str, components: list[Component]) -> Bom:
    """Write the bill of an image; it is named by the image's digest, and has no time."""
    digest = HashType(alg=HashAlgorithm.SHA_256, content=image.digest.removeprefix("sha256:"))
    version = image.config["config"]["Labels"]["org.opencontainers.image.version"]
    architecture = {"arch": image.config["architecture"]}
    container = Component(
        name=name,
        purl=PackageURL("oci", None, name, image.digest, architecture),
        version=version,
        type=ComponentType.CONTAINER,
        bom_ref=f"{name}@{image.digest}",
        hashes=[digest],
    )
    bom = Bom(
        serial_number=uuid.uuid5(uuid.NAMESPACE_OID, image.digest),
        metadata=BomMetaData(component=container, timestamp=_EPOCH),
        components=components,
    )
    bom.register_dependency(container, components)
    return bom


def main(argv: list[str]) -> None:
    """Read the images, write a bill for each."""
    parser = argparse.ArgumentParser(fromfile_prefix_chars="@")
    parser.add_argument("--owner", required=True)
    parser.add_argument("--out", type=Path, action="append", required=True)
    parser.add_argument("--image", type=Path, action="append", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--own", type=Path)
    parser.add_argument("wheels", type=Path, nargs="*")
    args = parser.parse_args(argv)
    known = hashes(args.wheels)
    for layout, out in zip(args.image, args.out, strict=True):
        image = Image(layout)
        components = [
            *distributions(image, known, args.own, args.owner),
            *debian_packages(image),
            *interpreter(image),
        ]
        text = JsonV1Dot6(bill(image, args.name, components)).output_as_string(indent=2)
        out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
