"""Lists the wheels and base packages of an image in a CycloneDX bill of materials."""

import argparse
import platform
import sys
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.lifecycle import LifecyclePhase, PredefinedLifecycle
from cyclonedx.model.tool import ToolRepository
from cyclonedx.output.json import JsonV1Dot6
from oci_layout import Image
from packageurl import PackageURL
from sbom_debian import Packages
from sbom_python import Distributions, interpreter

_Edges = Mapping[Component, Sequence[Component]]
_COMPILER = "kfp_component_lib:compiler"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def subject(image: Image, name: str, own: Component | None) -> Component:
    """Describe the image itself; its supplier is that of the distribution with the same name."""
    labels = image.config["config"]["Labels"]
    architecture = {"arch": image.config["architecture"]}
    digest = image.digest.removeprefix("sha256:")
    return Component(
        name=name,
        purl=PackageURL("oci", None, name, image.digest, architecture),
        version=labels["org.opencontainers.image.version"],
        type=ComponentType.CONTAINER,
        bom_ref=f"{name}@{image.digest}",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
        licenses=own.licenses if own else None,
        supplier=own.supplier if own else None,
        # The rules compile with the Python that also runs this program.
        properties=[Property(name=_COMPILER, value=platform.python_version())],
    )


def tools() -> ToolRepository:
    """Describe the tool that writes the bill."""
    library = "cyclonedx-python-lib"
    purl = PackageURL("pypi", None, library, version(library))
    return ToolRepository(
        components=[
            Component(name="image_sbom", group="kfp_component_lib", type=ComponentType.APPLICATION),
            Component(name=library, version=version(library), purl=purl, bom_ref=f"tool:{purl}"),
        ]
    )


def bill(image: Image, name: str, distributions: Distributions, packages: Packages) -> Bom:
    """Write the bill of an image; the image's digest identifies it, and it has no timestamp."""
    container = subject(image, name, distributions.find(name))
    python = interpreter(image)
    components = [
        *distributions.components,
        *packages.components,
        *packages.system,
        *python,
    ]
    bom = Bom(
        serial_number=uuid.uuid5(uuid.NAMESPACE_OID, image.digest),
        metadata=BomMetaData(
            component=container,
            lifecycles=[PredefinedLifecycle(phase=LifecyclePhase.BUILD)],
            supplier=container.supplier,
            timestamp=_EPOCH,
            tools=tools(),
        ),
        components=components,
    )
    edges = distributions.edges | packages.edges
    for component, below in edges.items():
        bom.register_dependency(component, below)
    bom.register_dependency(container, _roots(components, edges))
    return bom


def _roots(components: list[Component], edges: _Edges) -> list[Component]:
    """Return components from which all others are reachable, first those without dependents."""
    below = {component for found in edges.values() for component in found}
    roots, reached = [], set[Component]()
    for component in sorted(components, key=lambda component: component in below):
        if component not in reached:
            roots.append(component)
            waiting = [component]
            while waiting:
                found = waiting.pop()
                if found not in reached:
                    reached.add(found)
                    waiting += edges.get(found, [])
    return roots


def main(argv: list[str]) -> None:
    """Read the images and write a bill for each."""
    parser = argparse.ArgumentParser(fromfile_prefix_chars="@")
    parser.add_argument("--owner", required=True)
    parser.add_argument("--out", type=Path, action="append", required=True)
    parser.add_argument("--image", type=Path, action="append", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--license", action="append", default=[])
    parser.add_argument("wheels", type=Path, nargs="*")
    args = parser.parse_args(argv)
    licenses = dict(text.split("=", 1) for text in args.license)
    unknown = set(licenses)
    for layout, out in zip(args.image, args.out, strict=True):
        image = Image(layout)
        distributions = Distributions(image, args.wheels, licenses, args.owner)
        unknown = {name for name in unknown if not distributions.find(name)}
        written = JsonV1Dot6(bill(image, args.name, distributions, Packages(image)))
        out.write_text(written.output_as_string(indent=2) + "\n", encoding="utf-8")
    if unknown:
        rule = "must name distributions of the images"
        sys.exit(f"{args.owner}.licenses {rule}, got {sorted(unknown)}. Remove them.")


if __name__ == "__main__":
    main(sys.argv[1:])
