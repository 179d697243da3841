"""Tests of tags on a real registry: the version tag stays, the others move forward only."""

import pytest

from tests.release.servers import Fault


def push(world, version, text="one", *options):
    """Push one version; returns its digest and what was printed."""
    built = world.build(version, text)
    done = world.run(built, *options, main="push_image")
    assert done.returncode == 0, done.stdout
    return built.digest, done.stdout


def test_moving_tags_move_forward_only(world):
    """A patch of an older line moves that line's tag and leaves `latest` alone."""
    push(world, "0.1.0")
    newest, _ = push(world, "0.2.0")
    patch, said = push(world, "0.1.1")
    assert world.digest("latest") == world.digest("0.2") == newest
    assert world.digest("0.1") == patch
    assert "latest stays at 0.2.0, which is newer" in said


@pytest.mark.parametrize("version", ["0.2.0rc1", "0.2.0.dev1"])
def test_a_pre_release_moves_no_tag(world, version):
    """Who follows `latest` or MAJOR.MINOR never gets a pre-release."""
    final, _ = push(world, "0.1.0")
    push(world, version)
    assert world.digest("latest") == final
    assert world.digest("0.2") is None


def test_a_development_version_may_be_overwritten(world):
    """With --allow-overwrite, and only with it, X.Y.Z.devN takes other content."""
    push(world, "0.2.0.dev1")
    other = world.build("0.2.0.dev1", "two")
    assert world.run(other, main="push_image").returncode == 1
    done = world.run(other, "--allow-overwrite", main="push_image")
    assert done.returncode == 0, done.stdout
    assert world.digest("0.2.0.dev1") == other.digest


def test_a_release_version_may_not_be_overwritten(world):
    """--allow-overwrite is refused for what is no development version."""
    done = world.run(world.build(), "--allow-overwrite", main="push_image")
    assert done.returncode == 1
    assert "--allow-overwrite must be used for development versions, got 0.1.0" in done.stdout
    assert not world.registry.writes()


def test_a_tag_that_is_moved_back_is_moved_again(world):
    """An older release that moves `latest` at the same moment does not keep it."""
    old, _ = push(world, "0.1.0")
    manifest = (world.folder / "0.1.0-one/layout/blobs/sha256" / old[7:]).read_bytes()

    def move_back(handler):
        handler.read_body = lambda original=handler.read_body: original() and manifest
        return True

    world.registry.faults.append(Fault("PUT", "/manifests/latest", move_back))
    new, _ = push(world, "0.2.0")
    assert world.digest("latest") == new
