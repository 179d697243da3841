"""A small product as a build creates it: matching OCI layout, wheel and bundle."""

import gzip
import hashlib
import importlib.util
import io
import json
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from kfp_component_lib.verification.bundle import NOTES, Record
from kfp_component_lib.verification.source_archive import integrity_of
from release.private.bundle_file import write_bundle
from release.source_archive_main import pack

SITE = "opt/site-packages"
MODULE = "kfp_component_lib/__init__.py"
_STATUS = """\
Package: base-files
Status: install ok installed
Architecture: amd64
Version: 13.8

Package: gone
Status: deinstall ok config-files
Version: 1
"""
_RELEASE = 'ID=debian\nVERSION_ID="13"\n'
_NUMPY = "Metadata-Version: 2.1\nName: numpy\nVersion: 2.5.5\n"
LIBRARY = "opt/site-packages/numpy.libs/libopenblas.so"

# The components of a wheel: the body of each function, and the files of the wheel that it needs.
COMPONENTS = {
    "one": ("from kfp_component_lib.work import work", [MODULE, "kfp_component_lib/work.py"]),
    "two": (
        "from kfp_component_lib.other import again",
        [MODULE, "kfp_component_lib/work.py", "kfp_component_lib/other.py"],
    ),
}

Files = Mapping[str, bytes]
# A member of a layer: its name, and its tarfile entry.
Entry = tuple[str, bytes | tarfile.TarInfo]


@dataclass(frozen=True)
class Product:
    """The result of a build.

    Attributes:
        version: Its version.
        layout: The image's OCI layout.
        dist: Folder with the wheel.
        bundle: The bundle.
        digest: The image's digest.
        wheel_sha256: The wheel's hash.
    """

    version: str
    layout: Path
    dist: Path
    bundle: Path
    digest: str
    wheel_sha256: str


@dataclass(frozen=True)
class Plan:
    """The plan for a build, so that tests can change one part of it.

    Attributes:
        version: The version.
        text: The text in the library, which makes its content distinct.
        architectures: One of them gives an image, several give an index.
        layers: Takes the wheel's files and an architecture; returns the entries of each layer.
        environment: The environment of the image's containers.
        labels: The image's labels.
        config: Changes the configuration of an image.
        components: The names of the components, each of which has an image.
        parts: Takes a component, an architecture and its files; returns the files of its image.
        index: Changes what the index lists.
    """

    version: str = "0.1.0"
    text: str = "one"
    architectures: Sequence[str] = ("amd64",)
    layers: "Callable[[Mapping[str, bytes], str], list[list[Entry]]]" = field(
        default=lambda wheel, _: [base_layer(), wheel_layer(wheel)]
    )
    environment: Mapping[str, str] = field(default_factory=lambda: {"PYTHONPATH": f"/{SITE}"})
    labels: Mapping[str, str] | None = None
    config: Callable[[dict[str, Any]], Any] = lambda _: None
    components: Sequence[str] = ()
    parts: Callable[[str, str, Files], Files] = lambda component, architecture, files: files
    index: Callable[[list[dict[str, Any]]], Any] = lambda _: None


def make(folder: Path, repository: str, plan: Plan) -> Product:
    """Build a product for a repository."""
    folder = folder / f"{plan.version}-{plan.text}"
    wheel = _wheel(folder / "dist", plan)
    content = wheel_content(wheel)
    images = {
        name: _image(folder / "layout", plan, plan.layers(content, name), name)
        for name in plan.architectures
    }
    parts = {
        (component, name): _part(folder / "layout", plan, component, name, content)
        for component in plan.components
        for name in plan.architectures
    }
    digest = _layout(folder / "layout", plan, images, parts)
    reference = f"{repository}:{plan.version}@{digest}"
    sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
    bundle = folder / f"kfp_component_lib-{plan.version}-pipelines.zip"
    files = {f"{name}.cdx.json": _bill(plan, image, sha256) for name, image in images.items()}
    files |= {f"{c}.{name}.cdx.json": _bill(plan, image) for (c, name), image in parts.items()}
    files["p.yaml"] = pipeline(reference)
    files[NOTES] = f"# Changes in {plan.version}\n\n### Added\n\n- All of it.\n".encode()
    files |= manifests({"p.yaml": files["p.yaml"]}, plan.version)
    files |= source(plan.version, content)
    write_bundle(bundle, Record(plan.version, reference, wheel.name, sha256), files)
    return Product(plan.version, folder / "layout", folder / "dist", bundle, digest, sha256)


def source(version: str, wheel: Files) -> dict[str, bytes]:
    """Return the source archive of a wheel's modules, and its source.json."""
    prefix = f"kfp_component_lib-{version}"
    tracked = {name: text for name, text in wheel.items() if ".dist-info/" not in name}
    tracked["MODULE.bazel"] = (
        f'module(name = "kfp_component_lib", version = "{version}")\n'.encode()
    )
    archive = pack(tracked, set(), prefix)
    described = {
        "url": f"https://example.com/releases/download/v{version}/{prefix}.tar.gz",
        "integrity": integrity_of(archive),
        "strip_prefix": prefix,
    }
    return {f"{prefix}.tar.gz": archive, "source.json": json.dumps(described).encode()}


def pipeline(image: str, name: str = "p", function: str | None = None) -> bytes:
    """Return a compiled pipeline with one container, which runs a function of a component if asked."""
    container: dict[str, Any] = {"image": image, "command": ["true"]}
    if function:
        container["args"] = ["--executor_input", "{{$}}", "--function_to_execute", function]
    executors = {"exec-one": {"container": container}}
    specification = {
        "pipelineInfo": {"name": name},
        "deploymentSpec": {"executors": executors},
        "root": {"dag": {"tasks": {}}},
        "schemaVersion": "2.1.0",
    }
    return json.dumps(specification, indent=1).encode()


def manifests(pipelines: Mapping[str, bytes], version: str) -> dict[str, bytes]:
    """Return the manifests of compiled pipelines, and their kustomization."""
    found = {}
    for file, content in pipelines.items():
        written = yaml.safe_dump_all(_objects(list(yaml.safe_load_all(content)), version))
        found[f"manifests/{file.removesuffix('.yaml')}.manifest.yaml"] = written.encode()
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": sorted(name.partition("/")[2] for name in found),
    }
    return {**found, "manifests/kustomization.yaml": json.dumps(kustomization).encode()}


def _objects(documents: list[Any], version: str) -> list[dict[str, Any]]:
    api = "pipelines.kubeflow.org/v2beta1"
    name = documents[0]["pipelineInfo"]["name"]
    platforms = {"platformSpec": documents[1]} if documents[1:] else {}
    spec = {"displayName": version, "pipelineName": name, "versionName": version}
    spec |= {"pipelineSpec": documents[0], **platforms}
    return [
        {
            "apiVersion": api,
            "kind": "Pipeline",
            "metadata": {"name": name},
            "spec": {"displayName": name},
        },
        {
            "apiVersion": api,
            "kind": "PipelineVersion",
            "metadata": {"name": f"{name}-{version}"},
            "spec": spec,
        },
    ]


def base_layer() -> list[Entry]:
    """Return the entries of a base with Debian's files and a third-party distribution."""
    return [
        ("etc/os-release", _RELEASE.encode()),
        ("var/lib/dpkg/status", _STATUS.encode()),
        (f"{SITE}/numpy-2.5.5.dist-info/METADATA", _NUMPY.encode()),
        (f"./{LIBRARY}", b"ELF"),
    ]


def wheel_layer(wheel: Mapping[str, bytes], site: str = SITE) -> list[Entry]:
    """Return the entries of a layer with an installed wheel and its bytecode."""
    entries: list[Entry] = [(f"{site}/{name}", content) for name, content in wheel.items()]
    (info,) = {name.partition("/")[0] for name in wheel if ".dist-info/" in name}
    entries.append((f"{site}/{info}/INSTALLER", b"bazel\n"))
    for name, content in wheel.items():
        if name.endswith(".py"):
            path = importlib.util.cache_from_source(f"{site}/{name}")
            entries.append((path, compiled(content, f"/{SITE}/{name}")))
    return entries


def compiled(source: bytes, path: str) -> bytes:
    """Return the bytecode of a module, without columns, as the rules compile it."""
    code = (
        "import importlib.util, marshal, sys; source = sys.stdin.buffer.read(); "
        "code = compile(source, sys.argv[1], 'exec', dont_inherit=True, optimize=0); "
        "header = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, 'little'); "
        "hash = importlib.util.source_hash(source); "
        "sys.stdout.buffer.write(header + hash + marshal.dumps(code))"
    )
    command = [sys.executable, "-X", "no_debug_ranges", "-c", code, path]
    return subprocess.run(command, input=source, check=True, stdout=subprocess.PIPE).stdout


def link(target: str, hard: bool = False) -> tarfile.TarInfo:
    """Return a link; its name is set when it is added."""
    info = tarfile.TarInfo()
    info.type, info.linkname = (tarfile.LNKTYPE if hard else tarfile.SYMTYPE), target
    return info


def folder() -> tarfile.TarInfo:
    """Return a folder; its name is set when it is added."""
    info = tarfile.TarInfo()
    info.type, info.mode = tarfile.DIRTYPE, 0o755
    return info


def device() -> tarfile.TarInfo:
    """Return a device; its name is set when it is added."""
    info = tarfile.TarInfo()
    info.type = tarfile.CHRTYPE
    return info


def wheel_content(wheel: Path) -> dict[str, bytes]:
    """Return the files of a wheel, without RECORD."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/RECORD")]
        return {name: archive.read(name) for name in names}


def _wheel(folder: Path, plan: Plan) -> Path:
    folder.mkdir(parents=True)
    version, text = plan.version, plan.text
    info = f"kfp_component_lib-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: kfp-component-lib\nVersion: {version}\n"
    files = {
        MODULE: f"TEXT = {text!r}\n",
        "kfp_component_lib/work.py": "def work():\n    return 1\n",
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": "",
    }
    for component in plan.components:
        function = f"def {component}():\n    {COMPONENTS[component][0]}\n"
        files[f"kfp_component_lib/components/all/{component}.py"] = function
        files["kfp_component_lib/other.py"] = "from kfp_component_lib.work import work as again\n"
    path = folder / f"kfp_component_lib-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return path


def _bill(plan: Plan, image: dict[str, Any], wheel_sha256: str | None = None) -> bytes:
    def named(sha256: str, **attributes: Any) -> dict[str, Any]:
        return {**attributes, "hashes": [{"alg": "SHA-256", "content": sha256}]}

    library = hashlib.sha256(b"ELF").hexdigest()
    path = {"name": "kfp_component_lib:path", "value": f"/{LIBRARY}"}
    version = plan.version
    wheels = [named(wheel_sha256, purl=f"pkg:pypi/kfp-component-lib@{version}")]
    bill = {
        "metadata": {"component": named(image["digest"].removeprefix("sha256:"))},
        "components": [
            *(wheels if wheel_sha256 else []),
            {"purl": "pkg:pypi/numpy@2.5.5"},
            {"purl": "pkg:deb/debian/base-files@13.8?arch=amd64&distro=debian-13"},
            {"type": "operating-system", "name": "debian", "version": "13"},
            named(library, type="file", name="libopenblas.so", properties=[path]),
        ],
    }
    return json.dumps(bill).encode()


def _part(folder: Path, plan: Plan, component: str, name: str, wheel: Files) -> dict[str, Any]:
    """Write the image of a component."""
    files = plan.parts(component, name, {file: wheel[file] for file in COMPONENTS[component][1]})
    entries: list[Entry] = [(f"{SITE}/{file}", content) for file, content in files.items()]
    return _image(folder, plan, [base_layer(), entries], name, f"lib {component}")


def _layout(
    folder: Path,
    plan: Plan,
    images: dict[str, dict[str, Any]],
    parts: dict[tuple[str, str], dict[str, Any]],
) -> str:
    """Name one image, or an index of several, in a layout, and return its digest."""
    entries = list(images.values())
    if len(entries) > 1 or parts:
        listed = [_listed(entry, name) for name, entry in images.items()]
        for component in plan.components:
            of_one = {name: image for (c, name), image in parts.items() if c == component}
            listed.append(_member(folder, of_one, f"lib {component}"))
        plan.index(listed)
        entries = [_blob(folder, "index.v1+json", _index(listed))]
    (folder / "index.json").write_bytes(_index(entries))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return str(entries[0]["digest"])


def _member(folder: Path, images: dict[str, dict[str, Any]], title: str) -> dict[str, Any]:
    """Return the only image of a component, or an index of those of all platforms."""
    listed = [_listed(image, name, title) for name, image in images.items()]
    if len(listed) == 1:
        return listed[0]
    return _listed(_blob(folder, "index.v1+json", _index(listed)), "unknown", title)


def _listed(entry: dict[str, Any], architecture: str, title: str = "lib") -> dict[str, Any]:
    system = "unknown" if architecture == "unknown" else "linux"
    platform = {"os": system, "architecture": architecture}
    annotations = {"org.opencontainers.image.title": title}
    return {**entry, "platform": platform, "annotations": annotations}


def _index(entries: list[dict[str, Any]]) -> bytes:
    media_type = "application/vnd.oci.image.index.v1+json"
    return json.dumps({"schemaVersion": 2, "mediaType": media_type, "manifests": entries}).encode()


def _image(
    folder: Path, plan: Plan, layers: list[list[Entry]], architecture: str, title: str = "lib"
) -> dict[str, Any]:
    archives = [_layer(entries) for entries in layers]
    labels = plan.labels
    if labels is None:
        labels = {
            "org.opencontainers.image.version": plan.version,
            "org.opencontainers.image.title": title,
        }
    config = {
        "architecture": architecture,
        "os": "linux",
        "config": {"Labels": labels, "Env": [f"{k}={v}" for k, v in plan.environment.items()]},
        "rootfs": {"type": "layers", "diff_ids": [_digest(archive) for archive in archives]},
    }
    plan.config(config)
    zipped = [gzip.compress(archive, mtime=0) for archive in archives]
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": _blob(folder, "config.v1+json", json.dumps(config).encode()),
        "layers": [_blob(folder, "layer.v1.tar+gzip", content) for content in zipped],
    }
    return _blob(folder, "manifest.v1+json", json.dumps(manifest).encode())


def _layer(entries: list[Entry]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, content in entries:
            if isinstance(content, tarfile.TarInfo):
                content.name = name
                tar.addfile(content)
            else:
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


def _digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def _blob(folder: Path, kind: str, content: bytes) -> dict[str, Any]:
    digest = _digest(content)
    path = folder / "blobs" / "sha256" / digest.partition(":")[2]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    media_type = f"application/vnd.oci.image.{kind}"
    return {"mediaType": media_type, "digest": digest, "size": len(content)}
