"""Tests of how the release calls cosign, with a program in its place that records its calls.

The signatures themselves are made by cosign, which is not part of the lock.
"""

import hashlib
import json
import urllib.request

import pytest

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
SIGNATURE = "https://sigstore.dev/cosign/sign/v1"
PROVENANCE = "https://slsa.dev/provenance/v1"


@pytest.fixture
def cosign(world):
    """Put a program named cosign on PATH; it records its arguments and pushes a tag for `sign`."""
    folder = world.folder / "bin"
    folder.mkdir()
    program = folder / "cosign"
    program.write_text(
        f'#!/bin/sh\necho "$@" >> {folder}/asked\n'
        f"for last; do :; done\ndigest=${{last##*@}}\n"
        f'[ "$1" != sign ] || {world.crane} tag "$last" "sha256-${{digest#sha256:}}.sig"\n'
    )
    program.chmod(0o755)
    return folder


def asked(cosign):
    """Return the recorded arguments of cosign."""
    file = cosign / "asked"
    return file.read_text().splitlines() if file.exists() else []


@pytest.mark.parametrize(("key", "options"), [("keyless", ""), ("env://KEY", "--key env://KEY ")])
def test_the_image_is_signed_by_its_digest_once(world, cosign, key, options):
    """A release signs what it pushed, and a second release does not sign it again."""
    built = world.build()
    path = f"{cosign}:/usr/bin:/bin"
    for _ in range(2):
        done = world.run(built, "--sign", key, PATH=path)
        assert done.returncode == 0, done.stdout
    assert asked(cosign) == [f"sign --yes {options}{world.repository}@{built.digest}"]


@pytest.mark.parametrize(("states", "signed"), [(SIGNATURE, True), (PROVENANCE, False)])
def test_a_bundle_that_refers_to_the_image_may_be_a_signature(world, cosign, states, signed):
    """cosign 3 stores signatures beside attestations, so the type of the statement is checked."""
    built = world.build()
    world.run(built)
    annotations = {"dev.sigstore.bundle.predicateType": states}
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "annotations": annotations}
    bundle = put(world, None, {**manifest, "config": {}, "layers": []})
    put(world, built.digest.replace(":", "-"), {"schemaVersion": 2, "manifests": [bundle]})
    done = world.run(built, "--sign", "keyless", PATH=f"{cosign}:/usr/bin:/bin")
    assert done.returncode == 0, done.stdout
    assert ("is signed already" in done.stdout) == signed
    assert bool(asked(cosign)) != signed


def put(world, tag, content):
    """Put a manifest under a tag, or only under its digest, and return its descriptor."""
    body = json.dumps(content).encode()
    digest = "sha256:" + hashlib.sha256(body).hexdigest()
    media_type = content.get("mediaType", INDEX)
    url = f"http://{world.registry.address}/v2/team/lib/manifests/{tag or digest}"
    headers = {"Content-Type": media_type}
    with urllib.request.urlopen(urllib.request.Request(url, body, headers, method="PUT")):
        return {"mediaType": media_type, "digest": digest, "size": len(body)}


def test_options_are_cosigns(world, cosign):
    """Options that cosign needs without a transparency log are passed on."""
    built = world.build()
    options = ["--sign", "env://KEY", "--sign-options=--tlog-upload=false -a team=a"]
    assert world.run(built, *options, PATH=f"{cosign}:/usr/bin:/bin").returncode == 0
    pinned = f"{world.repository}@{built.digest}"
    assert asked(cosign) == [f"sign --yes --key env://KEY --tlog-upload=false -a team=a {pinned}"]


def test_signing_without_cosign_stops_before_anything_is_written(world):
    """With --sign but without cosign, the release does not start."""
    done = world.run(world.build(), "--sign", "keyless", PATH="/nowhere")
    assert done.returncode == 1
    assert "cosign must be on PATH" in done.stdout
    assert not world.registry.writes()


def test_a_signature_that_fails_leaves_nothing_visible(world, cosign):
    """The tag is not written before the signature."""
    (cosign / "cosign").write_text("#!/bin/sh\necho no key >&2\nexit 1\n")
    done = world.run(world.build(), "--sign", "k", PATH=f"{cosign}:/usr/bin:/bin")
    assert done.returncode == 1
    assert "cosign must sign" in done.stdout
    assert "no key" in done.stdout
    assert world.digest("0.1.0") is None
