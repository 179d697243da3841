"""The Debian part of an image's base: the operating system and the packages installed by dpkg."""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.contact import OrganizationalEntity
from cyclonedx.model.license import DisjunctiveLicense, License
from cyclonedx.spdx import fixup_id, is_supported_id
from debian.copyright import Copyright, NotMachineReadableError
from debian.copyright import License as NamedLicense
from debian.deb822 import Deb822, PkgRelation
from oci_layout import Image
from packageurl import PackageURL
from sbom_python import entity

# Debian's short names that differ from those of SPDX.
_RENAMED = {"expat": "MIT", "public-domain": None}
_FAMILY = re.compile(r"(A?GPL|LGPL|GFDL)-(\d+)(\.\d+)?(\+)?", re.IGNORECASE)


class Packages:
    """The packages that an image's base has installed, and its operating system.

    Attributes:
        system: The operating system; None if the base does not name it.
        components: The packages.
        edges: The dependencies of each package among these.
    """

    def __init__(self, image: Image):
        """Read dpkg's database."""
        release = _os_release(image)
        self.system = [_system(release)] if "ID" in release else []
        copyrights = {
            PurePosixPath(path).parent.name: content.decode(errors="replace")
            for path, content in image.read("usr/share/doc/*/copyright").items()
        }
        installed = list(_installed(image))
        self._named = {
            fields["Package"]: _package(fields, copyrights.get(fields["Package"], ""), release)
            for fields in installed
        }
        self._provided = dict(self._virtual_packages(installed))
        self.components = list(self._named.values())
        self.edges = {
            self._named[fields["Package"]]: list(self._depended_on(fields)) for fields in installed
        }

    def _virtual_packages(self, installed: list[Deb822]) -> Iterator[tuple[str, Component]]:
        for fields in installed:
            for alternatives in _relations(fields, "Provides"):
                yield alternatives[0]["name"], self._named[fields["Package"]]

    def _depended_on(self, fields: Deb822) -> Iterator[Component]:
        """Yield the dependencies of a package; for alternatives, those that are installed."""
        for field in ("Pre-Depends", "Depends"):
            for alternatives in _relations(fields, field):
                for relation in alternatives:
                    name = relation["name"]
                    if found := self._named.get(name) or self._provided.get(name):
                        yield found


def spdx_of(name: str) -> str | None:
    """Return the SPDX identifier for Debian's short name of a licence, or None if there is none.

    Source:
        Machine-readable debian/copyright file, version 1.0, "License short names"; SPDX License List.
    """
    if name.lower() in _RENAMED:
        return _RENAMED[name.lower()]
    if match := _FAMILY.fullmatch(name):
        family, major, minor, later = match.groups()
        version = f"{major}{minor or '.0'}"
        wanted = f"{family.upper()}-{version}-{'or-later' if later else 'only'}"
        return wanted if is_supported_id(wanted) else None
    return fixup_id(name)


def licenses_of(copyright_file: str) -> list[License]:
    """Return the licences in a copyright file; NOASSERTION if it is free text or missing.

    Source:
        Machine-readable debian/copyright file, version 1.0 (DEP 5).
    """
    names = _license_names(copyright_file)
    found = {spdx_of(name) or name: spdx_of(name) for name in names}
    return [
        DisjunctiveLicense(id=known) if known else DisjunctiveLicense(name=name)
        for name, known in sorted(found.items())
    ] or [DisjunctiveLicense(name="NOASSERTION")]


def _license_names(copyright_file: str) -> set[str]:
    try:
        file = Copyright(copyright_file.splitlines(keepends=True), strict=False)
    except (NotMachineReadableError, ValueError):
        return set()
    paragraphs = [file.header, *file.all_paragraphs()]
    licenses: list[Any] = [paragraph.license for paragraph in paragraphs]
    named = {found.synopsis.strip() for found in licenses if isinstance(found, NamedLicense)}
    return named - {""}


def _os_release(image: Image) -> Mapping[str, str]:
    """Return the base's description of its operating system.

    Source:
        os-release(5): lines NAME=VALUE, possibly in quotes.
    """
    files = image.read("usr/lib/os-release") or image.read("etc/os-release")
    lines = next(iter(files.values()), b"").decode().splitlines()
    pairs = (line.partition("=")[::2] for line in lines if "=" in line)
    return {name: value.strip("\"'") for name, value in pairs}


def _system(release: Mapping[str, str]) -> Component:
    return Component(
        name=release["ID"],
        version=release.get("VERSION_ID", ""),
        type=ComponentType.OPERATING_SYSTEM,
        bom_ref=_distro(release),
        description=release.get("PRETTY_NAME"),
        supplier=OrganizationalEntity(name=release.get("NAME", release["ID"])),
    )


def _distro(release: Mapping[str, str]) -> str:
    return "-".join(filter(None, [release.get("ID", "debian"), release.get("VERSION_ID")]))


def _installed(image: Image) -> Iterator[Deb822]:
    for content in image.read("var/lib/dpkg/status").values():
        for fields in Deb822.iter_paragraphs(content.decode(), use_apt_pkg=False):
            if fields["Status"].endswith(" installed"):
                yield fields


def _relations(fields: Deb822, field: str) -> "list[list[PkgRelation.ParsedRelation]]":
    """Return the packages in a field, each with its alternatives; empty if the field is missing."""
    return PkgRelation.parse_relations(fields[field]) if field in fields else []


def _package(fields: Deb822, copyright_file: str, release: Mapping[str, str]) -> Component:
    """Describe a package of dpkg's status.

    Source:
        purl-spec, types/deb-definition.json; `upstream` and `distro` as scanners look for them.
    """
    name, version = fields["Package"], fields["Version"]
    qualifiers = {"arch": fields["Architecture"], "distro": _distro(release)}
    if "Source" in fields:
        source, _, of_version = fields["Source"].partition(" ")
        qualifiers["upstream"] = "@".join(filter(None, [source, of_version.strip("()")]))
    purl = PackageURL("deb", release.get("ID", "debian"), name, version, qualifiers)
    return Component(
        name=name,
        version=version,
        bom_ref=str(purl),
        purl=purl,
        licenses=licenses_of(copyright_file),
        supplier=entity(fields["Maintainer"]) if "Maintainer" in fields else None,
    )
