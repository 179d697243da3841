"""Tests of tags on a real registry: the version tag is permanent, others only move forward."""

import subprocess

import pytest

from tests.release.servers import Fault, refusal

TAGGED = r"/manifests/0\.1\.0$"


def push(world, version, text="one", *options):
    """Push one version; return its digest and the output."""
    built = world.build(version, text)
    done = world.run(built, *options, main="push_image")
    assert done.returncode == 0, done.stdout
    return built.digest, done.stdout


def test_moving_tags_move_forward_only(world):
    """A patch of an older line moves that line's tag and leaves `latest` unchanged."""
    push(world, "0.1.0")
    newest, _ = push(world, "0.2.0")
    patch, said = push(world, "0.1.1")
    assert world.digest("latest") == world.digest("0.2") == newest
    assert world.digest("0.1") == patch
    assert "latest stays at 0.2.0, which is newer" in said


@pytest.mark.parametrize("version", ["0.2.0rc1", "0.2.0.dev1"])
def test_a_pre_release_moves_no_tag(world, version):
    """Users who follow `latest` or MAJOR.MINOR never get a pre-release."""
    final, _ = push(world, "0.1.0")
    push(world, version)
    assert world.digest("latest") == final
    assert world.digest("0.2") is None


def test_a_development_version_may_be_overwritten(world):
    """Only with --allow-overwrite may X.Y.Z.devN get other content."""
    push(world, "0.2.0.dev1")
    other = world.build("0.2.0.dev1", "two")
    assert world.run(other, main="push_image").returncode == 1
    done = world.run(other, "--allow-overwrite", main="push_image")
    assert done.returncode == 0, done.stdout
    assert world.digest("0.2.0.dev1") == other.digest


def test_a_release_version_may_not_be_overwritten(world):
    """--allow-overwrite is refused for a version that is not a development version."""
    done = world.run(world.build(), "--allow-overwrite", main="push_image")
    assert done.returncode == 1
    assert "--allow-overwrite must be used only for development versions, got 0.1.0" in done.stdout
    assert not world.registry.writes()


def test_a_tag_that_is_moved_back_is_said_and_moved_by_the_next_run(world):
    """An older release that moves `latest` at the same moment is detected."""
    old, _ = push(world, "0.1.0")
    manifest = (world.folder / "0.1.0-one/layout/blobs/sha256" / old[7:]).read_bytes()

    def move_back(handler):
        handler.read_body = lambda original=handler.read_body: original() and manifest
        return True

    world.registry.faults.append(Fault("PUT", "/manifests/latest", move_back))
    built = world.build("0.2.0")
    done = world.run(built, main="push_image")
    assert done.returncode == 1
    assert "latest must stay at 0.2.0, but was moved back" in done.stdout
    assert world.run(built, main="push_image").returncode == 0
    assert world.digest("latest") == built.digest


@pytest.mark.parametrize(
    ("wanted", "moved"),
    [("none", []), ("latest", ["latest"]), ("stable,MAJOR.MINOR", ["0.1", "stable"])],
)
def test_which_tags_move_is_a_choice(world, wanted, moved):
    """--moving-tags names the tags that move, and no other tag is written."""
    push(world, "0.1.0", "one", f"--moving-tags={wanted}")
    shown = [tag for tag in ("0.1", "latest", "stable") if world.digest(tag)]
    assert shown == moved


@pytest.mark.parametrize("wanted", ["none,latest", "a b", "0.1.0", "-x"])
def test_what_cannot_move_is_refused(world, wanted):
    """The version's own tag and invalid tags are refused, and nothing is written."""
    done = world.run(world.build(), f"--moving-tags={wanted}", main="push_image")
    assert done.returncode == 1
    assert (
        f"--moving-tags must be none, or tags such as MAJOR.MINOR,latest, got {wanted!r}"
        in done.stdout
    )
    assert not world.registry.writes()


LABEL = "org.opencontainers.image.version"


@pytest.mark.parametrize(
    "labels", [{}, {LABEL: ""}, {LABEL: "main"}, {LABEL: "1.2.3-alpine"}], ids=str
)
def test_a_foreign_latest_is_refused_before_anything_is_written(world, labels):
    """The tag points to another team's image, so this is not a place to release to."""
    foreign = world.build("0.0.1", labels=labels)
    command = [world.crane, "push", foreign.layout, f"{world.repository}:latest"]
    subprocess.run(command, check=True, capture_output=True)
    before = len(world.registry.writes())
    done = world.run(world.build())
    assert done.returncode == 1
    assert "latest must point to an image with a version label" in done.stdout
    assert "Traceback" not in done.stdout
    assert len(world.registry.writes()) == before
    assert world.run(world.build(text="two"), "--moving-tags=none").returncode == 0


ECR = refusal(
    400,
    "TAG_INVALID",
    "The image tag 'latest' already exists in the 'lib' repository and cannot be overwritten "
    "because the repository is immutable.",
)


def test_a_second_release_to_a_registry_with_immutable_tags_succeeds(world):
    """`latest` stays at the first release, which is reported, and the command succeeds."""
    first, second = world.build("0.1.0"), world.build("0.2.0")
    assert world.run(first).returncode == 0
    world.registry.faults.append(Fault("PUT", "/manifests/latest", ECR, 99))
    for _ in range(2):
        done = world.run(second)
        assert done.returncode == 0, done.stdout
        assert "latest was NOT moved" in done.stdout
        assert "--moving-tags=none" in done.stdout
    assert world.digest("0.2.0") == second.digest
    assert world.digest("latest") == first.digest
    assert len(world.wheels()) == 2


def test_an_immutable_version_tag_that_came_meanwhile_is_refused(world):
    """Someone else set the tag between reading and writing: nothing else is published."""
    first, other = world.build(), world.build(text="two")
    assert world.run(first, main="push_image").returncode == 0
    hidden = refusal(404, "MANIFEST_UNKNOWN", "manifest unknown")
    # crane uses HEAD and, if that fails, GET; the release reads in its check and before it writes.
    world.registry.faults += [
        Fault("HEAD", TAGGED, hidden, 2),
        Fault("GET", TAGGED, hidden, 2),
        Fault("PUT", TAGGED, ECR, 99),
    ]
    done = world.run(other)
    assert done.returncode == 1
    assert "another release of this version ran at the same time" in done.stdout
    assert not world.wheels()
