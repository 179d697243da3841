"""Tests of what the release asks of cosign, with a program in its place that notes the question.

The signatures themselves are cosign's business; it is not part of the lock.
"""

import pytest


@pytest.fixture
def cosign(world):
    """Put a program named cosign on PATH; it notes its arguments and, for `sign`, pushes a tag."""
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
    """Return what cosign was asked."""
    file = cosign / "asked"
    return file.read_text().splitlines() if file.exists() else []


@pytest.mark.parametrize(("key", "options"), [("keyless", ""), ("env://KEY", "--key env://KEY ")])
def test_the_image_is_signed_by_its_digest_once(world, cosign, key, options):
    """A release signs what it pushed, and a second one does not sign again."""
    built = world.build()
    path = f"{cosign}:/usr/bin:/bin"
    for _ in range(2):
        done = world.run(built, "--sign", key, PATH=path)
        assert done.returncode == 0, done.stdout
    assert asked(cosign) == [f"sign --yes {options}{world.repository}@{built.digest}"]


def test_signing_without_cosign_stops_before_anything_is_written(world):
    """--sign and no cosign: the release does not begin."""
    done = world.run(world.build(), "--sign", "keyless", PATH="/nowhere")
    assert done.returncode == 1
    assert "cosign must be on PATH" in done.stdout
    assert not world.registry.writes()


def test_a_signature_that_fails_leaves_nothing_visible(world, cosign):
    """The tag waits for the signature."""
    (cosign / "cosign").write_text("#!/bin/sh\necho no key >&2\nexit 1\n")
    done = world.run(world.build(), "--sign", "k", PATH=f"{cosign}:/usr/bin:/bin")
    assert done.returncode == 1
    assert "cosign must sign" in done.stdout
    assert "no key" in done.stdout
    assert world.digest("0.1.0") is None
