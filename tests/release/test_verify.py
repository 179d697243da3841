"""Tests of the verification: what fits passes, and each thing that does not is found."""

import json
import shutil
import subprocess
import sys
import zipfile

import pytest

from release.bundle import read_bundle, write_bundle
from tests.release import servers


@pytest.fixture
def released(world):
    """A released version."""
    built = world.build()
    assert world.run(built).returncode == 0
    return built


def verify(world, built, *options, bundle=None, **environ):
    """Run the verification without Bazel and without anything installed."""
    index = f"http://{world.index.address}/simple/"
    command = [sys.executable, "-S", "-m", "tools.verify", built.version, *options]
    environment = world.environment(PYTHONPATH=".", PIP_INDEX_URL=index, **environ)
    return subprocess.run(
        [*command, "--bundle", str(bundle or built.bundle)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
        timeout=60,
    )


def test_a_release_verifies(world, released):
    """Registry, index and bundle fit; the standard library is enough to see it."""
    done = verify(world, released)
    assert done.returncode == 0, done.stdout
    assert "image, wheel and pipelines belong together" in done.stdout


def test_another_version_does_not_verify(world, released):
    """The bundle of another version is found out, and so is a tag that is not there."""
    other = world.build("0.2.0")
    done = verify(world, other)
    assert done.returncode == 1
    assert "0.2.0 must be published, got nothing" in done.stdout


def test_a_moved_tag_is_found(world, released):
    """Somebody moved the version's tag on the registry."""
    other = world.build(text="two")
    reference = f"{world.repository}@{other.digest}"
    for command in (["push", other.layout, reference], ["tag", reference, "0.1.0"]):
        subprocess.run([world.crane, *command], check=True, capture_output=True)
    done = verify(world, released)
    assert done.returncode == 1
    assert "FAILED  digest of" in done.stdout
    assert "FAILED  sha256" not in done.stdout


def test_another_wheel_is_found(world, released):
    """Somebody replaced the wheel on the index."""
    wheel = next((world.folder / "packages").glob("*.whl"))
    shutil.copyfile(next(world.build(text="two").dist.glob("*.whl")), wheel)
    done = verify(world, released)
    assert done.returncode == 1
    assert "FAILED  sha256 of the published wheel" in done.stdout
    assert "FAILED  files of the wheel that image sha256:" in done.stdout


def test_each_architecture_is_looked_into(world):
    """One image of an index without the wheel is found, and so is the release that made it."""
    built = world.build(architectures=("amd64", "arm64"), lacking="arm64")
    done = world.run(built)
    assert done.returncode == 1
    assert "must verify after its release" in done.stdout
    arm64 = json.loads(read_bundle(built.bundle)[1]["arm64.cdx.json"])["metadata"]["component"]
    digest = arm64["hashes"][0]["content"]
    done = verify(world, built)
    assert done.returncode == 1
    assert f"FAILED  files of the wheel that image sha256:{digest} lacks" in done.stdout
    assert done.stdout.count("FAILED") == 1


def test_a_missing_bill_of_materials_is_found(world):
    """A bundle must have the bill of each architecture."""
    built = world.build(architectures=("amd64", "arm64"))
    assert world.run(built).returncode == 0
    record, files = read_bundle(built.bundle)
    kept = {name: files[name] for name in files if name.endswith(".yaml") or "amd64" in name}
    less = world.folder / "less.zip"
    write_bundle(less, record, kept)
    done = verify(world, built, bundle=less)
    assert done.returncode == 1
    assert "FAILED  images that the bundle has bills of materials of" in done.stdout


def test_a_changed_bundle_is_found(world, released):
    """Somebody changed a pipeline in the bundle."""
    changed = world.folder / "changed.zip"
    with zipfile.ZipFile(released.bundle) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name) + b"#")
    done = verify(world, released, bundle=changed)
    assert done.returncode == 1
    assert "must fit its SHA256SUMS" in done.stdout


def test_a_missing_signature_tool_is_named(world, released):
    """Signatures are asked for and cosign is not installed."""
    done = verify(world, released, "--cosign=--key cosign.pub", PATH="/nowhere")
    assert done.returncode == 1
    assert "cosign must be installed" in done.stdout


def test_a_login_in_the_index_url_is_used_and_not_shown(world, released):
    """As pip's, the index's URL may carry a login."""
    secure = f"http://{servers.USER}:url-pa55@{world.index.address}/simple/"
    done = verify(world, released, f"--index-url={secure}")
    assert done.returncode == 0, done.stdout
    assert "url-pa55" not in done.stdout
