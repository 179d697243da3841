"""Compares a bill of materials with the image that it describes.

Every component of the bill must be visible in the image itself, and everything that is visible in
the image must be listed. A component that cannot be found in the image does not belong in its bill.
"""

import email.parser
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from packaging.utils import canonicalize_name

from kfp_component_lib.verification.container_files import ContainerFiles, File
from kfp_component_lib.verification.errors import DeliveryError

Json = dict[str, Any]
PATH = "kfp_component_lib:path"  # the property of components that are files of the image
COMPILER = "kfp_component_lib:compiler"  # the property of an image: the Python of its bytecode
_PURL = re.compile(r"pkg:(?P<type>[a-z]+)/(?P<name>[^@?#]+)@(?P<version>[^?#]+)(\?.*)?")


@dataclass(frozen=True)
class Package:
    """A package: its type in the terms of package URLs, its name and its version."""

    type: str
    name: str
    version: str

    def __str__(self) -> str:
        """Return the package as a package URL without qualifiers."""
        return f"pkg:{self.type}/{self.name}@{self.version}"


def check_bill(bill: Json, files: ContainerFiles, environment: Mapping[str, str]) -> None:
    """Check that a bill lists the content of an image, and nothing else.

    Args:
        bill: A CycloneDX bill.
        files: The files of the image.
        environment: The environment in which the containers of the image start.

    Raises:
        DeliveryError: If a component is missing from the bill or from the image.
    """
    listed, paths = set(), {}
    for component in _components(bill):
        path = _path(component)
        if path is None:
            listed.add(_package(component))
        else:
            paths[path] = sha256_of(component)
    expected = set(_packages(files, environment))
    if listed != expected:
        strange = ", ".join(sorted(map(str, listed - expected))[:5]) or "nothing"
        missing = ", ".join(sorted(map(str, expected - listed))[:5]) or "nothing"
        raise DeliveryError(
            "a bill of materials must list the content of its image, got "
            f"{strange} that is not there, and {missing} that is there but not listed."
        )
    for path, sha256 in paths.items():
        node = files.find(path)
        if not isinstance(node, File) or node.sha256() != sha256:
            raise DeliveryError(
                f"a bill of materials must list files of its image by their hashes, got {path} "
                f"with {sha256}."
            )


def subject_of(bill: Json) -> Json:
    """Return the component that a bill describes.

    Raises:
        DeliveryError: If the bill does not name one.
    """
    metadata = bill.get("metadata")
    subject = metadata.get("component") if isinstance(metadata, dict) else None
    if not isinstance(subject, dict):
        raise DeliveryError(
            "a bill of materials must have metadata.component, but this one has none."
        )
    return subject


def compiler_of(bill: Json) -> str | None:
    """Return the version of Python that compiled the image's modules, according to its bill."""
    return _property(subject_of(bill), COMPILER)


def sha256_of(component: Json) -> str | None:
    """Return the SHA-256 of a component in hex, or None if the bill does not state it."""
    hashes = component.get("hashes")
    for entry in hashes if isinstance(hashes, list) else []:
        if isinstance(entry, dict) and entry.get("alg") == "SHA-256":
            return str(entry.get("content"))
    return None


def lists_wheel(bill: Json, wheel_sha256: str) -> bool:
    """Return whether one of a bill's components has the hash of a wheel."""
    return any(sha256_of(component) == wheel_sha256 for component in _components(bill))


def _components(bill: Json) -> Iterator[Json]:
    """Yield the components of a bill, including nested ones."""
    found = bill.get("components", [])
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise DeliveryError(f"components of a bill must be a list of objects, got {found!r:.100}.")
    for component in found:
        yield component
        yield from _components(component)


def _path(component: Json) -> str | None:
    if component.get("type") != "file":
        return None
    path = _property(component, PATH)
    if path is None:
        raise DeliveryError(f"a file in a bill must have the property {PATH}, got {component}.")
    return path


def _property(component: Json, name: str) -> str | None:
    properties = component.get("properties")
    for entry in properties if isinstance(properties, list) else []:
        if isinstance(entry, dict) and entry.get("name") == name:
            return str(entry.get("value"))
    return None


def _package(component: Json) -> Package:
    if component.get("type") == "operating-system":
        return Package("os", str(component.get("name")), str(component.get("version")))
    match = _PURL.fullmatch(str(component.get("purl")))
    if not match:
        raise DeliveryError(
            f"a component of a bill must have a package URL, got {component.get('purl')!r} for "
            f"{component.get('name')!r}."
        )
    name = unquote(match["name"])
    # The bills inside wheels spell the names of distributions in several ways.
    name = canonicalize_name(name) if match["type"] == "pypi" else name
    return Package(match["type"], name, unquote(match["version"]))


def _packages(files: ContainerFiles, environment: Mapping[str, str]) -> Iterator[Package]:
    """Yield the packages that are visible in an image."""
    release = _os_release(files)
    if "ID" in release:
        yield Package("os", release["ID"], release.get("VERSION_ID", ""))
    yield from _debian_packages(files, release.get("ID", "debian"))
    yield from _interpreter(files, environment)
    for path, node in files.walk():
        if isinstance(node, File) and path.endswith(".dist-info/METADATA"):
            fields = _fields(node.read())
            yield Package("pypi", canonicalize_name(fields["Name"]), fields["Version"])
        elif isinstance(node, File) and ".dist-info/sboms/" in path:
            yield from _vendored(path, node)


def _debian_packages(files: ContainerFiles, distribution: str) -> Iterator[Package]:
    status = files.find("/var/lib/dpkg/status")
    if isinstance(status, File):
        for paragraph in status.read().strip().split(b"\n\n"):
            fields = _fields(paragraph)
            if fields.get("Status", "").endswith(" installed"):
                yield Package("deb", f"{distribution}/{fields['Package']}", fields["Version"])


def _interpreter(files: ContainerFiles, environment: Mapping[str, str]) -> Iterator[Package]:
    """Yield a Python that no package installed, such as the one in Docker's python images."""
    if any(re.fullmatch(r"/usr/local/bin/python3\.\d+", path) for path, _ in files.walk()):
        yield Package("generic", "python", environment.get("PYTHON_VERSION", ""))


def _vendored(path: str, node: File) -> Iterator[Package]:
    """Yield the packages compiled into a distribution, according to its bill; see PEP 770."""
    try:
        bill = json.loads(node.read())
    except ValueError:
        bill = None
    if not isinstance(bill, dict):
        raise DeliveryError(f"{path} in the image must be a bill of materials in JSON, but is not.")
    for component in _components(bill):
        if "purl" in component:
            yield _package(component)


def _os_release(files: ContainerFiles) -> Mapping[str, str]:
    node = files.find("/etc/os-release")
    lines = node.read().decode("utf-8", "replace").splitlines() if isinstance(node, File) else []
    pairs = (line.partition("=")[::2] for line in lines if "=" in line)
    return {name: value.strip("\"'") for name, value in pairs}


def _fields(content: bytes) -> Mapping[str, str]:
    """Return the fields of a paragraph in the e-mail header format that dpkg and wheels use."""
    message = email.parser.HeaderParser().parsestr(content.decode("utf-8", "replace"))
    return {name: str(value) for name, value in message.items()}
